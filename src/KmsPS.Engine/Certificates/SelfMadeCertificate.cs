using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// The certificate of a server that was given none: ECDSA P-256 for this machine's names, made once and kept in one PEM file of mode
/// 0600 with its key. Clients trust it by its thumbprint.
/// </summary>
public static class SelfMadeCertificate
{
    private const int Years = 10;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the certificate at <paramref name="path"/>, and makes it first where there is none.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or written, or others may read its key.</exception>
    public static ServerCertificate Open(string path, TimeProvider time)
    {
        try
        {
            if (!File.Exists(path))
            {
                Make(path, time.GetUtcNow());
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                throw new ConfigurationException("The private key of the server's certificate is open to others", path, remedy: $"Run: chmod 600 '{path}'. If others may have read it, delete it and start again; a new one is made.");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The server's certificate cannot be made: {failure.Message.TrimEnd('.')}", path, remedy: "See that the data directory exists and that this account may write there.", inner: failure);
        }

        return CertificateFile.Read(path, null, null);
    }

    private static void Make(string path, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string host = Dns.GetHostName();
        CertificateRequest request = new($"CN={(IsPlain(host) ? host : "localhost")}, O=KmsPS", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        if (IsPlain(host) && !string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            names.AddDnsName(host);
        }

        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        MakeFolder(Path.GetDirectoryName(path)!);
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (StreamWriter file = new(temporary, options))
        {
            file.WriteLine(certificate.ExportCertificatePem());
            file.WriteLine(key.ExportPkcs8PrivateKeyPem());
            file.Flush();
            ((FileStream)file.BaseStream).Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server on this data directory was first; its certificate is used.
            File.Delete(temporary);
        }
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static bool IsPlain(string host) => host.Length is > 0 and <= 63 && host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
}
