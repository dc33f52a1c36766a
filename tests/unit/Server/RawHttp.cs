using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace KmsPS.Tests.Server;

/// <summary>One exchange, byte for byte, over a connection of its own.</summary>
internal static class RawHttp
{
    internal sealed record Reply(int Status, string Reason, IReadOnlyList<(string Name, string Value)> Headers, string Body)
    {
        internal string? Header(string name) => Headers.Where(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static each => each.Value).FirstOrDefault();
    }

    internal static async Task<Reply> SendAsync(Uri server, string method, string target, IEnumerable<(string Name, string Value)> headers, byte[] body, CancellationToken cancellationToken)
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

        using TcpClient client = new();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using Stream stream = await OpenAsync(client, server, cancellationToken);
        await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], cancellationToken);
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer, cancellationToken);
        return Parse(answer.ToArray());

        void Add(string name, string value)
        {
            if (!given.Any(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                head.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }
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

    private static Reply Parse(byte[] bytes)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, $"No answer: {Encoding.Latin1.GetString(bytes)}");
        string[] lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        string[] status = lines[0].Split(' ', 3);
        (string Name, string Value)[] headers = [.. lines.Skip(1).Select(static line => line.Split(':', 2)).Select(static pair => (pair[0], pair[1].Trim()))];
        string body = Encoding.UTF8.GetString(bytes, end + 4, bytes.Length - end - 4);
        return new Reply(int.Parse(status[1], CultureInfo.InvariantCulture), status.Length > 2 ? status[2] : "", headers, body);
    }
}
