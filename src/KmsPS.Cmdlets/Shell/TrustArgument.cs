using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Reads the authorities that a cmdlet shall believe.</summary>
internal static class TrustArgument
{
    /// <summary>The certificates of a file.</summary>
    /// <exception cref="Engine.Errors.ConfigurationException">It cannot be read, or holds none.</exception>
    internal static X509Certificate2Collection Read(string path, SecureString? password)
    {
        using SecretBytes? secret = password is null ? null : SecureText.ToUtf8(password);
        return CertificateFile.ReadTrusted(path, secret);
    }
}
