using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Server;

/// <summary>
/// Which client certificates are believed: a chain to the truststore, in force, made for clients, and not revoked. The files are looked
/// at before each handshake and read again when they have changed; those that cannot be used keep the old ones.
/// </summary>
internal sealed partial class ClientTrust
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly Lock _turn = new();
    private readonly string _trustPath;
    private readonly string? _listPath;
    private readonly Func<string, X509Certificate2Collection> _read;
    private readonly KmsMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger<ClientTrust> _log;
    private Stamp _seen;
    private Believed _current;

    private ClientTrust(string trustPath, string? listPath, Func<string, X509Certificate2Collection> read, KmsMeter meter, TimeProvider time, ILogger<ClientTrust> log)
    {
        (_trustPath, _listPath, _read) = (trustPath, listPath, read);
        (_meter, _time, _log) = (meter, time, log);
        _seen = Look();
        _current = Read();
    }

    /// <summary>Opens the truststore and the revocation lists that the configuration names.</summary>
    /// <exception cref="ConfigurationException">There is no truststore, or a file cannot be used.</exception>
    public static ClientTrust Open(KmsSettings settings, KmsMeter meter, TimeProvider time, ILogger<ClientTrust> log)
    {
        HadoopConfiguration source = settings.Source;
        string? own = source.Optional("kmsps.tls.client.truststore");
        TlsSettings? tls = settings.Tls;
        string path = own ?? tls?.TruststorePath ?? throw new ConfigurationException(
            "Client certificates are asked for, but no truststore says whose", remedy: "Set kmsps.tls.client.truststore to a PEM file of the issuers, or ssl.server.truststore.location.");
        string? lists = source.Optional("kmsps.tls.client.crl");
        return new ClientTrust(
            Path.GetFullPath(path),
            lists is null ? null : Path.GetFullPath(lists),
            file =>
            {
                using SecretBytes? password = own is null ? tls?.Password("ssl.server.truststore.password") : null;
                return CertificateFile.ReadTrusted(file, password);
            },
            meter,
            time,
            log);
    }

    /// <summary>Judges what a client has shown in a handshake.</summary>
    /// <param name="given">The certificate; <see langword="null"/> for none.</param>
    /// <param name="sent">What came with it.</param>
    /// <param name="isRequired">Whether there must be one.</param>
    public bool Judge(X509Certificate? given, X509Chain? sent, bool isRequired)
    {
        if (given is not X509Certificate2 certificate)
        {
            return !isRequired;
        }

        Refresh();
        string? objection = Objection(certificate, sent, Volatile.Read(ref _current));
        _meter.ClientCertificate(objection is null);
        if (objection is not null)
        {
            string thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
            string subject = Engine.Keys.Printable.Text(certificate.Subject);
            LogRefused(thumbprint, subject, objection);
        }

        return objection is null;
    }

    private string? Objection(X509Certificate2 certificate, X509Chain? sent, Believed believed)
    {
        DateTimeOffset now = _time.GetUtcNow();
        using X509Chain chain = new();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(believed.Trusted);
        policy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.VerificationTime = now.LocalDateTime;
        policy.ApplicationPolicy.Add(new Oid(ForClients));

        // INVARIANT: nothing that a stranger sends makes the server ask the network.
        policy.DisableCertificateDownloads = true;

        // An issuer in the truststore need not be a root, and neither need a certificate that is in there itself.
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        bool isBuilt = chain.Build(certificate);
        try
        {
            if (!isBuilt)
            {
                return string.Join("; ", chain.ChainStatus.Select(Word).OfType<string>());
            }

            X509Certificate2[] elements = [.. chain.ChainElements.Select(static each => each.Certificate)];
            return believed.Trusted.Contains(certificate) ? null
                : !believed.Trusted.Contains(elements[^1]) ? "its issuer is not in the truststore"
                : believed.Lists is { } lists ? elements.Zip(elements.Skip(1), (each, issuer) => lists.Objection(each, issuer, now)).FirstOrDefault(static objection => objection is not null)
                : null;
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private static string? Word(X509ChainStatus status) => status.Status switch
    {
        X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot => null,
        X509ChainStatusFlags.NotValidForUsage or X509ChainStatusFlags.InvalidPolicyConstraints => "it is not made for clients, as its extended key usage says",
        _ => status.StatusInformation.Trim().TrimEnd('.'),
    };

    private void Refresh()
    {
        Stamp now = Look();
        if (now == Volatile.Read(ref _seen))
        {
            return;
        }

        lock (_turn)
        {
            if (now == _seen)
            {
                return;
            }

            // A state is judged once, whether it can be used or not.
            Volatile.Write(ref _seen, now);
            try
            {
                Volatile.Write(ref _current, Read());
                LogReplaced(_trustPath);
            }
            catch (ConfigurationException unusable)
            {
                LogKept(unusable);
            }
        }
    }

    private Believed Read() => new(_read(_trustPath), _listPath is null ? null : RevocationLists.Read(_listPath));

    private Stamp Look() => new(StampOf(_trustPath), _listPath is null ? default : StampOf(_listPath));

    private static (DateTime Written, long Length) StampOf(string path)
    {
        FileInfo file = new(path);
        FileSystemInfo real = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return (real.LastWriteTimeUtc, real is FileInfo { Exists: true } known ? known.Length : -1);
    }

    [LoggerMessage(EventId = 1110, Level = LogLevel.Information, Message = "The client certificate {Thumbprint} of {Subject} is refused: {Objection}")]
    private partial void LogRefused(string thumbprint, string subject, string objection);

    [LoggerMessage(EventId = 1111, Level = LogLevel.Information, Message = "The issuers of client certificates were read again from {Path}")]
    private partial void LogReplaced(string path);

    [LoggerMessage(EventId = 1112, Level = LogLevel.Error, Message = "The changed truststore or revocation lists of client certificates cannot be used; the old ones stay in use")]
    private partial void LogKept(Exception failure);

    private sealed record Stamp((DateTime Written, long Length) Trust, (DateTime Written, long Length) Lists);

    private sealed record Believed(X509Certificate2Collection Trusted, RevocationLists? Lists);
}
