using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KmsPS.Engine.Certificates;

/// <summary>A certificate with its private key and the certificates between it and its issuer.</summary>
/// <param name="leaf">With its private key; disposed with this object.</param>
/// <param name="chain">Intermediate certificates; disposed with this object.</param>
public sealed class ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection chain) : IDisposable
{
    /// <summary>The certificate itself.</summary>
    public X509Certificate2 Leaf { get; } = leaf;

    /// <summary>What is sent along.</summary>
    public X509Certificate2Collection Chain { get; } = chain;

    /// <summary>SHA-256 of the certificate, upper-case hexadecimal.</summary>
    public string Thumbprint { get; } = leaf.GetCertHashString(HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 each in Chain)
        {
            each.Dispose();
        }
    }
}
