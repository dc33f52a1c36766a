using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Engine.Certificates;

/// <summary>What to find out about an endpoint's TLS, and by which measure.</summary>
/// <param name="Host">Host name or address, which the certificate must be for.</param>
/// <param name="Port">Port.</param>
public sealed record TlsQuestion(string Host, int Port)
{
    /// <summary>Roots to believe instead of the system's; <see langword="null"/> for the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>SHA-256 of the one certificate to believe, whatever name and issuer stand in it; <see langword="null"/> for none.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>What to show to a server that wants to know its client.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>A certificate that ends sooner is a problem.</summary>
    public TimeSpan ExpiryWarning { get; init; } = TimeSpan.FromDays(30);

    /// <summary>For each connection.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Something that is wrong with an endpoint's TLS.</summary>
/// <param name="Id">In a word, for scripts: <c>NameMismatch</c>, <c>Untrusted</c>, <c>Expired</c>, <c>ExpiresSoon</c>, <c>WeakProtocol</c> and so on.</param>
/// <param name="Text">In a sentence.</param>
/// <param name="Remedy">What to do.</param>
public sealed record TlsProblem(string Id, string Text, string Remedy)
{
    /// <summary>The word.</summary>
    public override string ToString() => Id;
}

/// <summary>One certificate of a chain.</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="Issuer">Who signed it.</param>
/// <param name="NotBefore">From when it is good.</param>
/// <param name="NotAfter">Until when.</param>
/// <param name="Key">Its public key: <c>RSA 2048</c>, <c>ECC 256</c>.</param>
/// <param name="Signature">How it was signed: <c>sha256RSA</c>.</param>
/// <param name="Thumbprint">SHA-256, upper-case hexadecimal.</param>
public sealed record TlsChainLink(string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Key, string Signature, string Thumbprint)
{
    /// <summary>Its subject.</summary>
    public override string ToString() => Subject;
}

/// <summary>What an endpoint's TLS is like.</summary>
public sealed record TlsReport
{
    /// <summary>The version agreed on: <c>Tls13</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The cipher suite agreed on, by its IANA name.</summary>
    public required string CipherSuite { get; init; }

    /// <summary>The certificates, the server's own first.</summary>
    public required IReadOnlyList<TlsChainLink> Chain { get; init; }

    /// <summary>Host names and addresses that the certificate is for.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Whole days until the certificate ends; negative after that.</summary>
    public required int DaysLeft { get; init; }

    /// <summary>Whether the server asks its clients for certificates.</summary>
    public required bool AsksForCertificate { get; init; }

    /// <summary>Old versions and weak suites that the server also takes.</summary>
    public required IReadOnlyList<string> Weak { get; init; }

    /// <summary>What is wrong; nothing where all is well.</summary>
    public required IReadOnlyList<TlsProblem> Problems { get; init; }
}
