namespace KmsPS;

/// <summary>A certificate or a request for one, that was made into files.</summary>
public sealed class KmsCertificate
{
    /// <summary>The file of the certificate or the request.</summary>
    public required string Path { get; init; }

    /// <summary>The file of the private key; the same one for a certificate.</summary>
    public required string KeyPath { get; init; }

    /// <summary>Whether it is a request, which an authority has to sign.</summary>
    public required bool IsRequest { get; init; }

    /// <summary>Its subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Host names, addresses and URIs that it is for.</summary>
    public required string[] Names { get; init; }

    /// <summary>Kind of the private key.</summary>
    public required string KeyAlgorithm { get; init; }

    /// <summary>SHA-256, as <c>Connect-KmsProvider -Thumbprint</c> takes it; empty for a request.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>Until when it is good, local time; empty for a request.</summary>
    public DateTime? NotAfter { get; init; }

    /// <summary>The file.</summary>
    public override string ToString() => Path;
}
