using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Engine.Identity;

/// <summary>
/// Finds out within a deadline whether a directory server completes a TLS handshake at all. OpenLDAP's library has no deadline for that
/// which works with every TLS library it is built with. Nothing is sent and nobody is trusted here: the connection is closed at once.
/// </summary>
internal static class TlsProbe
{
    // SOURCE: RFC 4511 §4.14: LDAPMessage 1, ExtendedRequest 1.3.6.1.4.1.1466.20037.
    private static ReadOnlySpan<byte> StartTls => [0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16];

    /// <summary>Returns when the server answered.</summary>
    /// <param name="host">The server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="startsPlain">Whether the handshake follows a StartTLS request.</param>
    /// <param name="deadline">For everything together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It did not.</exception>
    internal static async ValueTask RequireAsync(string host, int port, bool startsPlain, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(deadline);
        try
        {
            await AskAsync(host, port, startsPlain, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"no TLS handshake within {deadline.TotalSeconds:0.###} s"), late);
        }
        catch (Exception failure) when (failure is SocketException or AuthenticationException)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    private static async ValueTask AskAsync(string host, int port, bool startsPlain, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
        NetworkStream stream = client.GetStream();
        if (startsPlain)
        {
            byte[] request = [.. StartTls, .. "1.3.6.1.4.1.1466.20037"u8];
            await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            byte[] head = new byte[2];
            await stream.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
            byte[] rest = new byte[head[1] < 0x80 ? head[1] : throw new IOException("the answer to StartTLS is none")];
            await stream.ReadExactlyAsync(rest, cancellationToken).ConfigureAwait(false);
        }

        using SslStream tls = new(stream);
        SslClientAuthenticationOptions options = new() { TargetHost = host, RemoteCertificateValidationCallback = Anybody };
        await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
    }

    // Who it is, the connection that carries the password finds out.
    private static bool Anybody(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;
}
