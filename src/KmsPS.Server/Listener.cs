using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server.Limits;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace KmsPS.Server;

/// <summary>Sets Kestrel up: sockets, TLS, limits.</summary>
internal sealed class Listener(KmsSettings settings, IReadOnlyList<ListenUrl> urls, CertificateReload? certificate, ClientCertificates clients, ConnectionGate gate)
{
    private const int MaxHeaders = 10_000;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly List<ListenOptions> _bound = [];

    /// <summary>The addresses with their real ports, once the server runs.</summary>
    public IReadOnlyList<string> BoundUrls => [.. _bound.Select((options, i) => urls[Math.Min(i, urls.Count - 1)].WithPort(options.IPEndPoint!.Port))];

    /// <summary>Sets limits and listeners.</summary>
    public void Configure(KestrelServerOptions options)
    {
        HttpSettings http = settings.Http;
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        KestrelServerLimits limits = options.Limits;
        limits.MaxRequestHeadersTotalSize = http.MaxRequestHeaderBytes;
        limits.MaxRequestLineSize = http.MaxRequestHeaderBytes;
        limits.MaxRequestBufferSize = Math.Max(1 << 20, 2 * http.MaxRequestHeaderBytes);
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestBodySize = http.MaxBatchBodyBytes;
        limits.KeepAliveTimeout = http.IdleTimeout;
        limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(settings.Source.GetLong("kmsps.http.header.timeout.ms", 10_000, min: 1, max: int.MaxValue));

        // Credentials are bytes to a stock server: what is no ASCII must reach the door to be refused there. All other headers take
        // Kestrel's own, faster way.
        options.RequestHeaderEncodingSelector = static name => name is "Cookie" or "Authorization" or "X-Hadoop-Delegation-Token" ? Encoding.Latin1 : null;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        foreach (ListenUrl url in urls)
        {
            Listen(options, url);
        }
    }

    /// <summary>Sockets: the queue of connections that are not accepted yet, <c>hadoop.http.socket.backlog.size</c>.</summary>
    public void Configure(Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions options)
    {
        options.Backlog = settings.Http.Backlog;
        options.NoDelay = true;
    }

    private void Listen(KestrelServerOptions options, ListenUrl url)
    {
        foreach (IPAddress address in Addresses(url))
        {
            options.Listen(address, url.Port, listen =>
            {
                _bound.Add(listen);
                listen.Protocols = url.IsTls ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                SignInCookie cookies = new(settings.Authentication, url.IsTls);
                listen.Use(next => connection => gate.PassAsync(connection, next));
                if (url.IsTls)
                {
                    listen.UseHttps(Tls(clients.ModeOf(url)));
                }

                listen.Use(next => connection =>
                {
                    CertificateUser? user = clients.UserOf(connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate);
                    bool isHttp2 = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
                    connection.Features.Set(new ConnectionFacts((connection.RemoteEndPoint as IPEndPoint)?.Address, url.IsTls, cookies, user, ConnectionGate.IsOver(connection), isHttp2 ? null : connection.ConnectionClosed));
                    return next(connection);
                });
            });
        }
    }

    // One socket for each URL, so that port 0 gives one port: a name means its first address, IPv4 before IPv6.
    private static IPAddress[] Addresses(ListenUrl url)
    {
        if (url.Host == "*")
        {
            return [IPAddress.Any];
        }

        if (IPAddress.TryParse(url.Host, out IPAddress? address))
        {
            return [address];
        }

        try
        {
            return [.. Dns.GetHostAddresses(url.Host).OrderBy(static each => each.AddressFamily).Take(1)];
        }
        catch (System.Net.Sockets.SocketException unknown)
        {
            throw new ConfigurationException($"Nobody knows the host of {url}: {unknown.Message}", remedy: "Listen on an address of this machine, or on * for all of them.", inner: unknown);
        }
    }

    private TlsHandshakeCallbackOptions Tls(ClientCertificateMode mode)
    {
        TlsOffer offer = TlsOffer.Of(settings.Tls);
        bool asks = mode != ClientCertificateMode.None;
        return new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate!.Context,
                EnabledSslProtocols = offer.Protocols,
                AllowRenegotiation = false,
                EncryptionPolicy = EncryptionPolicy.RequireEncryption,
                CipherSuitesPolicy = offer.Suites,
                ClientCertificateRequired = asks,

                // A resumed session would carry what was believed before over into a time when it is revoked.
                AllowTlsResume = !asks,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = asks ? (_, given, chain, _) => clients.Trust!.Judge(given, chain, mode == ClientCertificateMode.Required) : null,
            }),
        };
    }
}
