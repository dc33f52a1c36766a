using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Secrets;

namespace KmsPS.Server;

/// <summary>Decides which certificate is served: the keystore that is configured, else a self-made one in the data directory.</summary>
internal static class CertificatePlan
{
    /// <summary>The file, and how it is read; it is read again whenever the file changes.</summary>
    public static (string Path, Func<ServerCertificate> Read) Of(KmsSettings settings, string dataDirectory, TimeProvider time)
    {
        if (settings.Tls is { KeystorePath: { } keystore } tls)
        {
            string path = Path.GetFullPath(keystore);
            return (path, () =>
            {
                using SecretBytes? password = tls.Password("ssl.server.keystore.password");
                using SecretBytes? keyPassword = tls.Password("ssl.server.keystore.keypassword");
                return CertificateFile.Read(path, password, keyPassword);
            });
        }

        string own = Path.Combine(dataDirectory, "tls", "server.pem");

        // Made before anybody watches it.
        SelfMadeCertificate.Open(own, time).Dispose();
        return (own, () => SelfMadeCertificate.Open(own, time));
    }
}
