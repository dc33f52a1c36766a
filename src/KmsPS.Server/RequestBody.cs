using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Wire;
using Microsoft.Net.Http.Headers;

namespace KmsPS.Server;

/// <summary>Reads the bytes of a whole body.</summary>
internal delegate T BodyReading<out T>(ReadOnlySpan<byte> body);

/// <summary>Takes a request's body from the pipe: no copy where it arrived in one piece, and never more than its limit.</summary>
internal static class RequestBody
{
    private const string Json = "application/json";

    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="KmsException">What <paramref name="reading"/> refuses, and a body that is missing.</exception>
    /// <exception cref="RefusalException">The type is not JSON (415), or the limit is exceeded (413).</exception>
    internal static ValueTask<T> ReadJsonAsync<T>(RestExchange exchange, int limit, BodyReading<T> reading)
    {
        RequireJson(exchange.Http.Request);
        if (exchange.Http.Request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        // A body that came in one packet with its head is there already.
        PipeReader pipe = exchange.Http.Request.BodyReader;
        if (pipe.TryRead(out ReadResult result))
        {
            if (result is { IsCompleted: true, Buffer.IsSingleSegment: true } && result.Buffer.Length <= limit)
            {
                return new ValueTask<T>(ReadWhole(pipe, result.Buffer, reading));
            }

            pipe.AdvanceTo(result.Buffer.Start);
        }

        return AwaitWholeAsync(exchange, pipe, limit, reading);
    }

    private static async ValueTask<T> AwaitWholeAsync<T>(RestExchange exchange, PipeReader pipe, int limit, BodyReading<T> reading)
    {
        while (true)
        {
            ReadResult result = await pipe.ReadAsync(exchange.Aborted);
            ReadOnlySequence<byte> body = result.Buffer;
            if (body.Length > limit)
            {
                pipe.AdvanceTo(body.End);
                throw TooLarge(limit);
            }

            if (!result.IsCompleted)
            {
                pipe.AdvanceTo(body.Start, body.End);
                continue;
            }

            return ReadWhole(pipe, body, reading);
        }
    }

    private static T ReadWhole<T>(PipeReader pipe, in ReadOnlySequence<byte> body, BodyReading<T> reading)
    {
        try
        {
            return body.IsSingleSegment ? reading(body.FirstSpan) : ReadPieces(body, reading);
        }
        finally
        {
            pipe.AdvanceTo(body.End);
        }
    }

    private static T ReadPieces<T>(in ReadOnlySequence<byte> body, BodyReading<T> reading)
    {
        byte[] whole = ArrayPool<byte>.Shared.Rent((int)body.Length);
        Span<byte> bytes = whole.AsSpan(0, (int)body.Length);
        try
        {
            body.CopyTo(bytes);
            return reading(bytes);
        }
        finally
        {
            // A body may hold given key material.
            CryptographicOperations.ZeroMemory(bytes);
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static void RequireJson(HttpRequest request)
    {
        string? type = request.ContentType;
        if (type == Json || (type is not null && MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? media) && media.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        if (type is null && (request.ContentLength ?? 0) == 0 && !request.Headers.ContainsKey(HeaderNames.TransferEncoding))
        {
            throw new KmsException(ErrorKind.InvalidRequest, "A JSON body is required, but there is no body", "Send one, with Content-Type: application/json.");
        }

        throw new RefusalException(RemoteErrors.NotServed(StatusCodes.Status415UnsupportedMediaType, $"The body must be of type {Json}"));
    }

    private static RefusalException TooLarge(int limit) =>
        new(RemoteErrors.TooLarge(string.Create(CultureInfo.InvariantCulture, $"The body is larger than {limit} bytes")));
}
