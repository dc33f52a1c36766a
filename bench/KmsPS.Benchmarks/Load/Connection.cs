using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KmsPS.Benchmarks.Load;

/// <summary>One kept-alive connection that sends ready-made bytes and reads answers.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly Stream _stream;
    private byte[] _buffer = new byte[16 * 1024];

    private Connection(Stream stream) => _stream = stream;

    public static async Task<Connection> OpenAsync(Uri server, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (server.Scheme == Uri.UriSchemeHttps)
        {
            // A benchmark over loopback against a certificate made a second ago: who it is needs no proof.
            SslStream tls = new(stream, leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = server.Host, RemoteCertificateValidationCallback = AcceptOwn }, cancellationToken);
            stream = tls;
        }

        return new Connection(stream);
    }

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <returns>The status code.</returns>
    public async ValueTask<int> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        (AnswerReader reader, _) = await ReadAsync(request, cancellationToken);
        return reader.Status;
    }

    /// <summary>Sends a request and keeps the answer.</summary>
    public async Task<HttpAnswer> ProbeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        (AnswerReader reader, int length) = await ReadAsync(request, cancellationToken);
        string head = Encoding.Latin1.GetString(_buffer, 0, reader.BodyStart);
        KeyValuePair<string, string>[] headers = [.. head.Split("\r\n").Skip(1).Where(static line => line.Contains(':'))
            .Select(static line => KeyValuePair.Create(line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim()))];
        return new HttpAnswer(reader.Status, headers, reader.Body(_buffer.AsSpan(0, length)));
    }

    // Both servers run in processes that this one started a second ago, on loopback, with certificates they made themselves.
    private static bool AcceptOwn(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0;

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async ValueTask<(AnswerReader Reader, int Length)> ReadAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(request, cancellationToken);
        AnswerReader reader = default;
        int filled = 0;
        while (true)
        {
            if (filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            int read = await _stream.ReadAsync(_buffer.AsMemory(filled), cancellationToken);
            if (read == 0)
            {
                throw new IOException("The server closed a connection in the middle of an answer.");
            }

            filled += read;
            if (reader.Look(_buffer.AsSpan(0, filled)) is > 0 and int length)
            {
                return (reader, length);
            }
        }
    }
}
