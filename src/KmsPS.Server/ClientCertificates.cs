using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Server;

/// <summary>Whether a listener asks its clients for a certificate.</summary>
internal enum ClientCertificateMode
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>A client may show one; a bad one ends the handshake.</summary>
    Optional,

    /// <summary>There is no handshake without one.</summary>
    Required,
}

/// <summary>What the configuration says about client certificates: which listener asks, who is believed, and who is which user.</summary>
internal sealed partial class ClientCertificates
{
    private const string Mode = "kmsps.tls.client.auth";

    private readonly KmsSettings _settings;
    private readonly ClientCertificateMode _everywhere;
    private readonly ClientCertificateRules? _rules;
    private readonly ILogger<ClientTrust> _log;

    /// <param name="settings">The server's configuration.</param>
    /// <param name="urls">The listeners.</param>
    /// <param name="meter">Where certificates are counted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The server's log.</param>
    /// <exception cref="Engine.Errors.ConfigurationException">A setting or a file cannot be used.</exception>
    public ClientCertificates(KmsSettings settings, IReadOnlyList<ListenUrl> urls, KmsMeter meter, TimeProvider time, ILogger<ClientTrust> log)
    {
        _settings = settings;
        _log = log;
        _everywhere = Read(Mode, settings.Tls is { NeedClientCertificate: true } ? ClientCertificateMode.Required : ClientCertificateMode.None);
        _rules = ClientCertificateRules.Read(settings.Source);
        bool isAsked = urls.Any(url => url.IsTls && ModeOf(url) != ClientCertificateMode.None);
        if (_rules is not null && !isAsked)
        {
            throw settings.Source.Bad(ClientCertificateRules.Property, "no listener asks for client certificates", $"Set {Mode} to optional or required, and listen on https.");
        }

        Trust = isAsked ? ClientTrust.Open(settings, meter, time, log) : null;
    }

    /// <summary>Who is believed; <see langword="null"/> where nobody is asked.</summary>
    public ClientTrust? Trust { get; }

    /// <summary>What a listener asks for: <c>kmsps.tls.client.auth.PORT</c>, else <c>kmsps.tls.client.auth</c>, else what Hadoop's setting says.</summary>
    public ClientCertificateMode ModeOf(ListenUrl url) => Read(string.Create(CultureInfo.InvariantCulture, $"{Mode}.{url.Port}"), _everywhere);

    /// <summary>Whom a certificate stands for that the handshake has taken; <see langword="null"/> for nobody.</summary>
    public CertificateUser? UserOf(X509Certificate2? certificate)
    {
        if (_rules is null || certificate is null)
        {
            return null;
        }

        try
        {
            return _rules.UserOf(certificate) is { } user ? new CertificateUser(user, new DateTimeOffset(certificate.NotAfter).ToUnixTimeMilliseconds()) : null;
        }
        catch (CryptographicException unreadable)
        {
            string thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
            LogUnreadable(unreadable, thumbprint);
            return null;
        }
    }

    private ClientCertificateMode Read(string property, ClientCertificateMode fallback) => _settings.Source.Optional(property) switch
    {
        null => fallback,
        "none" => ClientCertificateMode.None,
        "optional" => ClientCertificateMode.Optional,
        "required" => ClientCertificateMode.Required,
        _ => throw _settings.Source.Bad(property, "is none of none, optional and required"),
    };

    [LoggerMessage(EventId = 1113, Level = LogLevel.Warning, Message = "The names in the client certificate {Thumbprint} cannot be read: it stands for nobody")]
    private partial void LogUnreadable(Exception failure, string thumbprint);
}
