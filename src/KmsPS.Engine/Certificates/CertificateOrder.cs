namespace KmsPS.Engine.Certificates;

/// <summary>Kinds of private keys that a certificate can be made for.</summary>
public enum CertificateKeyKind
{
    /// <summary>ECDSA on P-256.</summary>
    EcP256,

    /// <summary>ECDSA on P-384.</summary>
    EcP384,

    /// <summary>RSA, 2048 bits.</summary>
    Rsa2048,

    /// <summary>RSA, 3072 bits.</summary>
    Rsa3072,

    /// <summary>RSA, 4096 bits.</summary>
    Rsa4096,
}

/// <summary>What a certificate may be shown for.</summary>
[Flags]
public enum CertificateUses
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary>By a server to its clients.</summary>
    Server = 1,

    /// <summary>By a client to its server.</summary>
    Client = 2,
}

/// <summary>A certificate to be made, or to be asked for.</summary>
public sealed record CertificateOrder
{
    /// <summary>Host names and addresses that it is for; a name may begin with <c>*.</c>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>URIs that it is for, a SPIFFE id for instance.</summary>
    public IReadOnlyList<Uri> Uris { get; init; } = [];

    /// <summary>Its subject, such as <c>CN=kms.example.com, O=Example</c>; <see langword="null"/> for the first name.</summary>
    public string? Subject { get; init; }

    /// <summary>Kind of the private key.</summary>
    public CertificateKeyKind Key { get; init; }

    /// <summary>What it may be shown for.</summary>
    public CertificateUses Uses { get; init; } = CertificateUses.Server;

    /// <summary>How long it is good, from now; a request does not say.</summary>
    public TimeSpan Validity { get; init; } = TimeSpan.FromDays(365);
}

/// <summary>What was made.</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="Names">Host names, addresses and URIs.</param>
/// <param name="Key">Kind of the private key.</param>
public sealed record MadeCertificate(string Subject, IReadOnlyList<string> Names, CertificateKeyKind Key)
{
    /// <summary>SHA-256 of the certificate, upper-case hexadecimal; <see langword="null"/> for a request.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>From when it is good; <see langword="null"/> for a request.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Until when it is good; <see langword="null"/> for a request.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}
