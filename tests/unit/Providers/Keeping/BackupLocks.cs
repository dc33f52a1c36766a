using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>Passphrases and certificates for backups.</summary>
internal static class BackupLocks
{
    internal static BackupKeys Words(string text) => new(SecretBytes.CopyOf(Encoding.UTF8.GetBytes(text)), []);

    internal static BackupKeys Of(params X509Certificate2[] certificates) => new(null, certificates);

    internal static X509Certificate2 Rsa()
    {
        using RSA key = RSA.Create(2048);
        return Signed(new CertificateRequest("CN=backup rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    internal static X509Certificate2 Curve()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Signed(new CertificateRequest("CN=backup ec", key, HashAlgorithmName.SHA256));
    }

    /// <summary>What somebody who only closes backups has.</summary>
    internal static X509Certificate2 PublicOf(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));

    private static X509Certificate2 Signed(CertificateRequest request) => request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
}
