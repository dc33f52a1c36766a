using System.Net;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// The certificate of a server that was given none: ECDSA P-256 for this machine's names, made once and kept in one PEM file of mode
/// 0600 with its key. Clients trust it by its thumbprint.
/// </summary>
public static class SelfMadeCertificate
{
    private const int Years = 10;

    /// <summary>Reads the certificate at <paramref name="path"/>, and makes it first where there is none.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or written, or others may read its key.</exception>
    public static ServerCertificate Open(string path, TimeProvider time)
    {
        try
        {
            if (!File.Exists(path))
            {
                Make(path, time);
            }

            if (OwnerFile.IsOpenToOthers(path))
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

    private static void Make(string path, TimeProvider time)
    {
        string host = Dns.GetHostName();
        bool isNamed = IsPlain(host) && !string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase);
        CertificateOrder order = new()
        {
            Names = ["localhost", .. isNamed ? (string[])[host] : [], "127.0.0.1", "::1"],
            Subject = $"CN={(IsPlain(host) ? host : "localhost")}, O=KmsPS",
            Validity = TimeSpan.FromDays(Years * 365.25),
        };
        MakeFolder(Path.GetDirectoryName(path)!);
        try
        {
            CertificateMaker.WritePem(order, path, password: null, overwrite: false, time);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server on this data directory was first; its certificate is used.
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
