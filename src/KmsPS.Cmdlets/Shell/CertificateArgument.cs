using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Reads what a cmdlet was given for a client certificate: the object, or a file with certificate and private key.</summary>
internal static class CertificateArgument
{
    /// <summary>The certificate with its key and the certificates between it and its issuer.</summary>
    /// <param name="given">An <see cref="X509Certificate2"/>, or the path of a PEM file, a PKCS#12 file or a Java keystore.</param>
    /// <param name="password">Opens the file.</param>
    /// <param name="fullPath">Completes a path as the shell would.</param>
    /// <param name="warn">Told where others may read the key.</param>
    /// <exception cref="Engine.Errors.KmsException"><c>CertificateInvalid</c>, or what is wrong with the file.</exception>
    internal static ServerCertificate Read(object given, SecureString? password, Func<string, string> fullPath, Action<string> warn)
    {
        return PSObject.AsPSObject(given).BaseObject switch
        {
            X509Certificate2 { HasPrivateKey: true } own => new ServerCertificate(own, []),
            X509Certificate2 bare => throw Invalid($"The certificate '{bare.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}' has no private key", "Take the one that its key belongs to: from a PKCS#12 file, or a PEM file with both."),
            FileInfo file => OfFile(file.FullName, password, warn),
            string path => OfFile(fullPath(path), password, warn),
            { } other => throw Invalid($"A {other.GetType().Name} is no certificate", "Give an X509Certificate2 with its private key, or the path of a PEM, PKCS#12 or Java keystore file."),
        };
    }

    private static ServerCertificate OfFile(string path, SecureString? password, Action<string> warn)
    {
        using SecretBytes? secret = password is null ? null : SecureText.ToUtf8(password);
        ServerCertificate certificate = CertificateFile.Read(path, secret, null);
        if (OwnerFile.IsOpenToOthers(path))
        {
            warn($"The private key in {path} is open to others. Run: chmod 600 '{path}'");
        }

        return certificate;
    }

    private static ShellException Invalid(string message, string remedy) => new("CertificateInvalid", ErrorCategory.InvalidArgument, message, remedy);
}
