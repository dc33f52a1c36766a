using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Server;

/// <summary>Whose client certificates are believed, where <c>ssl.server.need.client.auth</c> asks for one.</summary>
internal static class ClientTrust
{
    /// <summary>The certificates of the truststore.</summary>
    /// <exception cref="ConfigurationException">There is none, or it cannot be read.</exception>
    public static X509Certificate2Collection Read(TlsSettings tls)
    {
        string path = tls.TruststorePath ?? throw new ConfigurationException("ssl.server.need.client.auth is true, but there is no truststore", remedy: "Set ssl.server.truststore.location, or turn client certificates off.");
        using SecretBytes? password = tls.Password("ssl.server.truststore.password");
        return CertificateFile.ReadTrusted(path, password);
    }

    /// <summary>Whether a chain leads from <paramref name="given"/> to one of <paramref name="trusted"/>.</summary>
    public static bool IsTrusted(X509Certificate? given, X509Certificate2Collection trusted)
    {
        if (given is not X509Certificate2 certificate)
        {
            return false;
        }

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return trusted.Contains(certificate) || (chain.Build(certificate) && trusted.Contains(chain.ChainElements[^1].Certificate));
    }
}
