using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KmsPS.Tests.Server.Replay;

/// <summary>An answer as it came over the wire, with chunking undone.</summary>
internal sealed record RawResponse(int Status, string Reason, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.FirstOrDefault(each => each.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>Sends bytes over a socket of its own, so that targets and headers go out exactly as written.</summary>
internal static class RawHttp
{
    public static async Task<RawResponse> SendAsync(int port, ReadOnlyMemory<byte> request, bool isHead, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        Task sending = SendAllAsync(socket, request, cancellationToken);
        using MemoryStream received = new();
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                received.Write(buffer, 0, read);
            }
        }
        catch (SocketException) when (received.Length > 0)
        {
            // The server refused in the middle of a large body and closed; its answer is here.
        }

        await sending;
        return Parse(received.ToArray(), isHead);
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            while (!request.IsEmpty)
            {
                request = request[await socket.SendAsync(request, cancellationToken)..];
            }
        }
        catch (SocketException)
        {
            // The server stopped reading; what it answered tells why.
        }
    }

    private static RawResponse Parse(byte[] bytes, bool isHead)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, $"No answer: {Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)))}");
        string[] lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        string[] status = lines[0].Split(' ', 3);
        if (status[1] == "100")
        {
            return Parse(bytes[(end + 4)..], isHead);
        }

        List<KeyValuePair<string, string>> headers = [.. lines.Skip(1).Select(static line => line.Split(':', 2)).Select(static pair => KeyValuePair.Create(pair[0], pair[1].Trim()))];
        byte[] body = bytes[(end + 4)..];
        bool isChunked = headers.Exists(static each => each.Key.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && each.Value == "chunked");
        RawResponse response = new(int.Parse(status[1], CultureInfo.InvariantCulture), status.Length > 2 ? status[2] : "", headers, isChunked && !isHead ? Unchunk(body) : body);
        if (response.Header("Content-Length") is { } length && !isHead)
        {
            Assert.Equal(length, response.Body.Length.ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> body)
    {
        List<byte> whole = [];
        while (true)
        {
            int line = body.IndexOf("\r\n"u8);
            Assert.True(line > 0, "A chunk without a length: the answer was cut off");
            int length = int.Parse(Encoding.ASCII.GetString(body[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                return [.. whole];
            }

            whole.AddRange(body.Slice(line + 2, length));
            body = body[(line + 2 + length + 2)..];
        }
    }
}
