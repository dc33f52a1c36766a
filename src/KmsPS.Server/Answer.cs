using System.Buffers;
using System.Globalization;
using System.Text;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Telemetry;
using KmsPS.Engine.Wire;
using Microsoft.Extensions.Primitives;

namespace KmsPS.Server;

/// <summary>
/// Writes the answers of the REST interface: the headers as recorded from Hadoop, the length, and the body in one piece. To HEAD only
/// the head.
/// </summary>
internal sealed class Answer(TimeProvider time)
{
    /// <summary>How long a caller should wait for a server that is busy.</summary>
    public static readonly TimeSpan Busy = TimeSpan.FromSeconds(2);

    // A list is handed to the network in pieces of about this size.
    private const int ListPiece = 16 * 1024;

    private static readonly StringValues NoCache = "no-cache";
    private static readonly StringValues Json = "application/json";
    private static readonly StringValues PlainText = "text/plain;charset=utf-8";
    private static readonly StringValues BusySeconds = Seconds(Busy);

    private readonly TimeProvider _time = CoarseClock.Of(time);
    private Second _now = new(0, default);

    /// <summary>A success with a JSON body.</summary>
    public ValueTask JsonAsync<T>(RestExchange exchange, T value, Action<ResponseBuffer, T> write, int status = StatusCodes.Status200OK) =>
        SendAsync(exchange.Http, status, value, write);

    /// <summary>A success whose JSON is there already.</summary>
    public ValueTask JsonAsync(HttpContext http, int status, string json) =>
        SendAsync(http, status, json, static (body, text) => Encoding.UTF8.GetBytes(text, body));

    /// <summary>EEKs, of which there may be many: written straight into the connection's memory.</summary>
    public async ValueTask EeksAsync(RestExchange exchange, EekBatch? batch)
    {
        HttpResponse response = exchange.Http.Response;
        Head(response, StatusCodes.Status200OK, Json);
        if (exchange.IsHead)
        {
            response.ContentLength = 0;
            return;
        }

        EekArrayJson json = new(batch);
        response.ContentLength = json.Length;
        await response.StartAsync(exchange.Aborted);
        json.WriteTo(response.BodyWriter);
    }

    /// <summary>A success without a body.</summary>
    public void Done(RestExchange exchange)
    {
        HttpResponse response = exchange.Http.Response;
        Head(response, StatusCodes.Status200OK, PlainText);
        response.ContentLength = 0;
    }

    /// <summary>A status that says everything: no body, and no type of one.</summary>
    public void Nothing(HttpContext http, int status)
    {
        Head(http.Response, status, StringValues.Empty);
        http.Response.ContentLength = 0;
    }

    /// <summary>Begins a JSON answer whose length is not known beforehand.</summary>
    public void BeginJson(RestExchange exchange)
    {
        Head(exchange.Http.Response, StatusCodes.Status200OK, Json);
        if (exchange.IsHead)
        {
            exchange.Http.Response.ContentLength = 0;
        }
    }

    /// <summary>
    /// A JSON list that is read while it is sent. Nothing is sent before a piece is full: a listing that fails early becomes an error, and
    /// one that fails late an answer that breaks off.
    /// </summary>
    /// <param name="exchange">The request.</param>
    /// <param name="items">What is listed.</param>
    /// <param name="write">Writes one, and whether it is the first.</param>
    /// <param name="end">Writes the end, and whether there was none.</param>
    public async ValueTask JsonListAsync<T>(RestExchange exchange, IAsyncEnumerable<T> items, Action<IBufferWriter<byte>, T, bool> write, Action<IBufferWriter<byte>, bool> end)
    {
        using ResponseBuffer piece = new();
        await using IAsyncEnumerator<T> each = items.GetAsyncEnumerator(exchange.Aborted);
        bool isFirst = true;
        bool isSent = false;
        while (await each.MoveNextAsync() && !exchange.IsHead)
        {
            write(piece, each.Current, isFirst);
            isFirst = false;
            if (piece.Written.Length >= ListPiece)
            {
                await SendAsync();
            }
        }

        end(piece, isFirst);
        await SendAsync();

        async ValueTask SendAsync()
        {
            if (!isSent)
            {
                BeginJson(exchange);
                isSent = true;
            }

            if (!exchange.IsHead)
            {
                await exchange.Http.Response.BodyWriter.WriteAsync(piece.Written, exchange.Aborted);
            }

            piece.Clear();
        }
    }

    /// <summary>What may be done with a resource. Java clients sign in with this method and look at the status alone.</summary>
    public void Options(HttpContext http, string allow)
    {
        // SOURCE: recorded/auth/no-credentials: a stock server describes itself in WADL, and has nothing to say to who accepts none.
        bool isUnderstood = AcceptsWadl(http.Request.Headers.Accept);
        Head(http.Response, isUnderstood ? StatusCodes.Status200OK : StatusCodes.Status204NoContent, PlainText);
        http.Response.Headers.Allow = allow;
        if (isUnderstood)
        {
            http.Response.ContentLength = 0;
        }
    }

    /// <summary>The answer to a probe. SOURCE: Ranger KMS, <c>GET /kms/api/status</c>, whose text is looked for by its users' monitors.</summary>
    public ValueTask StatusAsync(HttpContext http) =>
        SendAsync(http, StatusCodes.Status200OK, 0, static (body, _) => body.Write("{\"status\":\"Ranger KMS service is running\"}"u8));

    /// <summary>What a servlet container refuses by itself: no envelope.</summary>
    public static void BadRequest(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.Headers.CacheControl = "must-revalidate,no-cache,no-store";
        FrontDoorHeaders.Harden(http.Response.Headers);
        http.Response.ContentLength = 0;
    }

    /// <summary>An error in its envelope.</summary>
    public ValueTask ErrorAsync(HttpContext http, RemoteError error, string? allow = null)
    {
        if (allow is not null)
        {
            http.Response.Headers.Allow = allow;
        }

        return EnvelopeAsync(http, error.Status, error);
    }

    /// <summary>Tells a caller to come back: 503 where the server has too much to do, 429 where the caller asks too often.</summary>
    public ValueTask LaterAsync(HttpContext http, int status, TimeSpan wait, string message)
    {
        http.Response.Headers.RetryAfter = wait == Busy ? BusySeconds : Seconds(wait);
        return EnvelopeAsync(http, status, RemoteErrors.ComeBackLater(status, message));
    }

    /// <summary>The envelope that every client of a KMS reads, with a status of the caller's choice; with 503, when to ask again.</summary>
    public ValueTask EnvelopeAsync(HttpContext http, int status, RemoteError error)
    {
        if (status == StatusCodes.Status503ServiceUnavailable && http.Response.Headers.RetryAfter.Count == 0)
        {
            http.Response.Headers.RetryAfter = BusySeconds;
        }

        return SendAsync(http, status, error, static (body, told) => KmsJson.Write(body, told));
    }

    private static StringValues Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static bool AcceptsWadl(in StringValues accept)
    {
        if (accept.Count == 0)
        {
            return true;
        }

        foreach (string? line in accept)
        {
            ReadOnlySpan<char> entries = line;
            foreach (Range range in entries.Split(','))
            {
                ReadOnlySpan<char> entry = entries[range];
                int end = entry.IndexOf(';');
                if ((end < 0 ? entry : entry[..end]).Trim() is "*/*" or "application/*" or "application/xml" or "application/vnd.sun.wadl+xml")
                {
                    return true;
                }
            }
        }

        return false;
    }

    // The body is copied into the connection's memory, and leaves in one packet with the head when the request ends.
    private ValueTask SendAsync<T>(HttpContext http, int status, T value, Action<ResponseBuffer, T> write)
    {
        HttpResponse response = http.Response;
        ResponseBuffer? body = new();
        try
        {
            write(body, value);
            Head(response, status, Json);
            if (HttpMethods.IsHead(http.Request.Method))
            {
                // SOURCE: recorded/http, head-names: a stock server gives no length of what it does not send.
                response.ContentLength = 0;
                return ValueTask.CompletedTask;
            }

            response.ContentLength = body.Written.Length;
            Task started = response.StartAsync(CancellationToken.None);
            if (started.IsCompletedSuccessfully)
            {
                response.BodyWriter.Write(body.Written.Span);
                return ValueTask.CompletedTask;
            }

            ValueTask rest = WriteAfterAsync(started, response, body);
            body = null;
            return rest;
        }
        finally
        {
            body?.Dispose();
        }
    }

    // Where a configuration adds headers of its own, a response does not start at once.
    private static async ValueTask WriteAfterAsync(Task started, HttpResponse response, ResponseBuffer body)
    {
        using (body)
        {
            await started;
            response.BodyWriter.Write(body.Written.Span);
        }
    }

    private void Head(HttpResponse response, int status, in StringValues type)
    {
        response.StatusCode = status;
        IHeaderDictionary headers = response.Headers;
        headers.CacheControl = NoCache;
        headers.Expires = Now();
        headers.ContentType = type;
        FrontDoorHeaders.Harden(headers);
    }

    // An HTTP date has whole seconds: it is spelled once a second and shared by the requests of that second.
    private StringValues Now()
    {
        DateTimeOffset now = _time.GetUtcNow();
        long second = now.UtcTicks / TimeSpan.TicksPerSecond;
        Second known = Volatile.Read(ref _now);
        if (known.Number != second)
        {
            known = new Second(second, now.ToString("R", CultureInfo.InvariantCulture));
            Volatile.Write(ref _now, known);
        }

        return known.Text;
    }

    private sealed record Second(long Number, StringValues Text);
}
