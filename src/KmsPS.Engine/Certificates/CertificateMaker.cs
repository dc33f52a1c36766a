using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// Makes private keys with self-signed certificates or requests for an authority, into files of mode 0600. The private key goes from
/// the generator to the file and nowhere else.
/// </summary>
public static class CertificateMaker
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const int Iterations = 100_000;

    /// <summary>Makes one PEM file: the self-signed certificate, then its private key.</summary>
    /// <param name="order">What to make.</param>
    /// <param name="path">The file.</param>
    /// <param name="password">Seals the private key; <see langword="null"/> for a key that the file's mode alone protects.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: a name or the subject is none.</exception>
    /// <exception cref="IOException">The file is there, or cannot be written.</exception>
    public static MadeCertificate WritePem(CertificateOrder order, string path, SecretBytes? password, bool overwrite, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        using AsymmetricAlgorithm key = NewKey(order);
        using X509Certificate2 certificate = SelfSign(order, key, time);
        WriteText(path, certificate.ExportCertificatePem() + "\n", key, password, overwrite);
        return Facts(order, certificate);
    }

    /// <summary>Makes one PKCS#12 file of the self-signed certificate and its private key, which Java reads too.</summary>
    /// <inheritdoc cref="WritePem"/>
    public static MadeCertificate WritePkcs12(CertificateOrder order, string path, SecretBytes password, bool overwrite, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(time);
        using AsymmetricAlgorithm key = NewKey(order);
        using X509Certificate2 certificate = SelfSign(order, key, time);
        using SecretLease lease = password.Open();
        byte[] content = certificate.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations), Encoding.UTF8.GetString(lease.Span));
        try
        {
            OwnerFile.Write(path, content, overwrite);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }

        return Facts(order, certificate);
    }

    /// <summary>Makes a private key in one PEM file, and in another a request for an authority (PKCS#10).</summary>
    /// <param name="order">What to ask for.</param>
    /// <param name="path">The request.</param>
    /// <param name="keyPath">The private key.</param>
    /// <param name="password">Seals the private key; <see langword="null"/> for a key that the file's mode alone protects.</param>
    /// <param name="overwrite">Whether files that are there are replaced.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>: a name or the subject is none.</exception>
    /// <exception cref="IOException">A file is there, or cannot be written.</exception>
    public static MadeCertificate WriteRequest(CertificateOrder order, string path, string keyPath, SecretBytes? password, bool overwrite)
    {
        using AsymmetricAlgorithm key = NewKey(order);
        CertificateRequest request = Request(order, key);

        // The key first: a request whose key is lost is worth nothing.
        WriteText(keyPath, "", key, password, overwrite);
        OwnerFile.Write(path, Encoding.ASCII.GetBytes(request.CreateSigningRequestPem() + "\n"), overwrite);
        return new MadeCertificate(request.SubjectName.Name, Shown(order), order.Key);
    }

    private static X509Certificate2 SelfSign(CertificateOrder order, AsymmetricAlgorithm key, TimeProvider time)
    {
        // A day back: the clocks of clients are not exact.
        DateTimeOffset now = time.GetUtcNow();
        return Request(order, key).CreateSelfSigned(now.AddDays(-1), now + order.Validity);
    }

    private static AsymmetricAlgorithm NewKey(CertificateOrder order) => order.Key switch
    {
        CertificateKeyKind.EcP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        CertificateKeyKind.EcP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        CertificateKeyKind.Rsa2048 => RSA.Create(2048),
        CertificateKeyKind.Rsa3072 => RSA.Create(3072),
        CertificateKeyKind.Rsa4096 => RSA.Create(4096),
        _ => throw new ArgumentOutOfRangeException(nameof(order)),
    };

    private static CertificateRequest Request(CertificateOrder order, AsymmetricAlgorithm key)
    {
        X500DistinguishedName subject = Subject(order);
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, order.Key == CertificateKeyKind.EcP384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string name in order.Names)
        {
            Add(names, name);
        }

        foreach (Uri uri in order.Uris)
        {
            names.AddUri(uri);
        }

        if (order.Names.Count + order.Uris.Count > 0)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature | (key is RSA ? X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.None);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Uses(order), critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static OidCollection Uses(CertificateOrder order)
    {
        OidCollection uses = [];
        if (order.Uses.HasFlag(CertificateUses.Server))
        {
            uses.Add(new Oid(ServerUse));
        }

        if (order.Uses.HasFlag(CertificateUses.Client))
        {
            uses.Add(new Oid(ClientUse));
        }

        return uses;
    }

    private static X500DistinguishedName Subject(CertificateOrder order)
    {
        string first = order.Names.Count > 0 ? order.Names[0] : order.Uris.Count > 0 ? order.Uris[0].Host : "";
        try
        {
            X500DistinguishedNameBuilder common = new();
            if (order.Subject is { } given)
            {
                return new X500DistinguishedName(given);
            }

            // A common name has at most 64 characters; the names that clients compare stand elsewhere. SOURCE: RFC 5280, ub-common-name.
            common.AddCommonName(first.Length is > 0 and <= 64 ? first : "kms");
            return common.Build();
        }
        catch (CryptographicException malformed)
        {
            throw Invalid($"'{Printable.Text(order.Subject ?? first)}' is no subject", "Write it as CN=kms.example.com, O=Example.", malformed);
        }
    }

    private static void Add(SubjectAlternativeNameBuilder names, string name)
    {
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            names.AddIpAddress(address);
            return;
        }

        string ascii = Ascii(name);
        string plain = ascii.StartsWith("*.", StringComparison.Ordinal) ? ascii[2..] : ascii;
        names.AddDnsName(Uri.CheckHostName(plain) == UriHostNameType.Dns ? ascii : throw Invalid($"'{Printable.Text(name)}' is no host name and no address", "Write kms.example.com, *.example.com or 10.0.0.7."));
    }

    private static string Ascii(string name)
    {
        try
        {
            return new IdnMapping().GetAscii(name);
        }
        catch (ArgumentException malformed)
        {
            throw Invalid($"'{Printable.Text(name)}' is no host name and no address", "Write kms.example.com, *.example.com or 10.0.0.7.", malformed);
        }
    }

    private static void WriteText(string path, string before, AsymmetricAlgorithm key, SecretBytes? password, bool overwrite)
    {
        char[] text = [];
        byte[] content = [];
        try
        {
            text = PrivateText(key, password);
            content = new byte[before.Length + text.Length + 1];
            Encoding.ASCII.GetBytes(before, content);
            Encoding.ASCII.GetBytes(text, content.AsSpan(before.Length));
            content[^1] = (byte)'\n';
            OwnerFile.Write(path, content, overwrite);
        }
        finally
        {
            Array.Clear(text);
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static char[] PrivateText(AsymmetricAlgorithm key, SecretBytes? password)
    {
        byte[] bytes;
        if (password is null)
        {
            bytes = key.ExportPkcs8PrivateKey();
        }
        else
        {
            using SecretLease lease = password.Open();
            bytes = key.ExportEncryptedPkcs8PrivateKey(Encoding.UTF8.GetString(lease.Span), new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        }

        try
        {
            return PemEncoding.Write(password is null ? "PRIVATE KEY" : "ENCRYPTED PRIVATE KEY", bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static MadeCertificate Facts(CertificateOrder order, X509Certificate2 certificate) => new(certificate.Subject, Shown(order), order.Key)
    {
        Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256),
        NotBefore = certificate.NotBefore,
        NotAfter = certificate.NotAfter,
    };

    private static string[] Shown(CertificateOrder order) => [.. order.Names, .. order.Uris.Select(static uri => uri.ToString())];

    private static KmsException Invalid(string message, string remedy, Exception? inner = null) => new(ErrorKind.InvalidRequest, message, remedy, inner: inner);
}
