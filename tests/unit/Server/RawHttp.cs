using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace KmsPS.Tests.Server;

/// <summary>One exchange over a connection of its own: targets and headers go out exactly as written.</summary>
internal static class RawHttp
{
    /// <summary>An answer as it came over the wire, with chunking undone.</summary>
    internal sealed record Reply(int Status, string Reason, IReadOnlyList<(string Name, string Value)> Headers, byte[] Bytes)
    {
        internal string Body => Encoding.UTF8.GetString(Bytes);

        internal string? Header(string name) => Headers.Where(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static each => each.Value).FirstOrDefault();
    }

    /// <summary>Sends a request; <c>Host</c>, <c>Connection</c> and <c>Content-Length</c> are added where absent.</summary>
    internal static Task<Reply> SendAsync(Uri server, string method, string target, IEnumerable<(string Name, string Value)> headers, byte[] body, CancellationToken cancellationToken)
    {
        StringBuilder head = new();
        (string Name, string Value)[] given = [.. headers];
        head.Append(method).Append(' ').Append(target).Append(" HTTP/1.1\r\n");
        Add("Host", $"localhost:{server.Port}");
        Add("Connection", "close");
        if (body.Length > 0 || method is "POST" or "PUT")
        {
            Add("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture));
        }

        foreach ((string name, string value) in given)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return SendAsync(server, (byte[])[.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], method == "HEAD", cancellationToken);

        void Add(string name, string value)
        {
            if (!given.Any(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                head.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }
    }

    /// <summary>Sends bytes, and reads until the server closes.</summary>
    internal static async Task<Reply> SendAsync(Uri server, ReadOnlyMemory<byte> request, bool isHead, CancellationToken cancellationToken)
    {
        using TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using Stream stream = await OpenAsync(client, server, cancellationToken);
        Task sending = SendAllAsync(stream, request, cancellationToken);
        using MemoryStream received = new();
        try
        {
            await stream.CopyToAsync(received, cancellationToken);
        }
        catch (IOException) when (received.Length > 0)
        {
            // The server refused in the middle of a large body and closed; its answer is here.
        }

        await sending;
        return Parse(received.ToArray(), isHead);
    }

    // Over TLS any certificate will do: what is compared is what is said.
    private static async Task<Stream> OpenAsync(TcpClient client, Uri server, CancellationToken cancellationToken)
    {
        if (server.Scheme != Uri.UriSchemeHttps)
        {
            return client.GetStream();
        }

        SslStream tls = new(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null }, cancellationToken);
        return tls;
    }

    private static async Task SendAllAsync(Stream stream, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(request, cancellationToken);
        }
        catch (IOException)
        {
            // The server stopped reading; what it answered tells why.
        }
    }

    private static Reply Parse(byte[] bytes, bool isHead)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, $"No answer: {Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)))}");
        string[] lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        string[] status = lines[0].Split(' ', 3);
        byte[] body = bytes[(end + 4)..];
        if (status[1] == "100")
        {
            return Parse(body, isHead);
        }

        (string Name, string Value)[] headers = [.. lines.Skip(1).Select(static line => line.Split(':', 2)).Select(static pair => (pair[0], pair[1].Trim()))];
        Reply reply = new(int.Parse(status[1], CultureInfo.InvariantCulture), status.Length > 2 ? status[2] : "", headers, body);
        if (isHead)
        {
            return reply;
        }

        if (reply.Header("Content-Length") is { } length)
        {
            Assert.Equal(length, body.Length.ToString(CultureInfo.InvariantCulture));
        }

        return reply.Header("Transfer-Encoding") == "chunked" ? reply with { Bytes = Unchunk(body) } : reply;
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
