using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Reads the authorities that a cmdlet shall believe.</summary>
internal static class TrustArgument
{
    /// <summary>The certificates of a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or holds none.</exception>
    internal static X509Certificate2Collection Read(string path, SecureString? password)
    {
        using SecretBytes? secret = password is null ? null : SecureText.ToUtf8(password);
        X509Certificate2Collection trusted = CertificateFile.ReadTrusted(path, secret);
        return trusted.Count > 0
            ? trusted
            : throw new ConfigurationException("The truststore holds no certificate of an authority", path, remedy: "Put the authority's certificate in it, as PEM, PKCS#12 or with keytool -importcert.");
    }
}
