using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>
/// One handshake with ourselves, in memory. A TLS library takes any certificate and looks at it only when a client comes: what it thinks
/// too weak, such as a short key, would end every handshake with an alert that speaks of something else, and the start would have said nothing.
/// </summary>
internal static class HandshakeTrial
{
    /// <summary>Serves the certificate once.</summary>
    /// <param name="path">Its file, for the message.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="context">The same as handshakes take it.</param>
    /// <param name="offer">What clients may agree on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ConfigurationException">No client could connect.</exception>
    public static async Task RunAsync(string path, ServerCertificate certificate, SslStreamCertificateContext context, TlsOffer offer, CancellationToken cancellationToken)
    {
        Pipe up = new();
        Pipe down = new();
        Task connect = ConnectAsync(new PipePair(down.Reader, up.Writer), offer, cancellationToken);
        try
        {
            await using (SslStream server = new(new PipePair(up.Reader, down.Writer)))
            {
                await server.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificateContext = context, EnabledSslProtocols = offer.Protocols, CipherSuitesPolicy = offer.Suites },
                    cancellationToken);
            }

            await connect;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            // Of the two sides' failures the server's is told: the client's follows from it.
            await connect.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw Refused(path, certificate, failure);
        }
    }

    private static async Task ConnectAsync(PipePair ends, TlsOffer offer, CancellationToken cancellationToken)
    {
        await using SslStream client = new(ends);
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = offer.Protocols,
                CipherSuitesPolicy = offer.Suites,

                // Who issued it and for whom is the clients' business; it is ours in any case.
                RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
            },
            cancellationToken);
    }

    private static ConfigurationException Refused(string path, ServerCertificate certificate, Exception failure)
    {
        using RSA? rsa = certificate.Leaf.GetRSAPublicKey();
        string key = rsa is null ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $" (RSA, {rsa.KeySize} bits)");
        string reason = failure.GetBaseException().Message.TrimEnd('.');
        return new ConfigurationException(
            $"No client could connect with the certificate{key}: {reason}",
            path,
            remedy: "Make one with an RSA key of 2048 bits or on P-256, signed with SHA-256, or let the TLS library take this one (OPENSSL_CONF).",
            inner: failure);
    }

    /// <summary>The two directions as one stream.</summary>
    private sealed class PipePair(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _from = reader.AsStream();
        private readonly Stream _to = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _from.ReadAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => _from.Read(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _to.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => _to.Write(buffer, offset, count);

        public override Task FlushAsync(CancellationToken cancellationToken) => _to.FlushAsync(cancellationToken);

        public override void Flush() => _to.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _from.Dispose();
                _to.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
