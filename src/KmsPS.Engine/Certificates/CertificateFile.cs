using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// Reads a certificate with its private key from PEM, PKCS#12 (Java's too) or a Java keystore. The content tells which it is, not
/// the name or a setting: keytool writes PKCS#12 into files called <c>.jks</c>.
/// </summary>
public static class CertificateFile
{
    private const uint JksMagic = 0xFEEDFEED;
    private const uint JceksMagic = 0xCECECECE;
    private const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Reads the first private key of a file and its certificates.</summary>
    /// <param name="path">The file.</param>
    /// <param name="password">Opens the keystore; <see langword="null"/> for none.</param>
    /// <param name="keyPassword">Opens the private key in it; <see langword="null"/> for the keystore's.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, or holds no usable key.</exception>
    public static ServerCertificate Read(string path, SecretBytes? password, SecretBytes? keyPassword)
    {
        byte[] content = [];
        try
        {
            content = ReadAll(path);
            uint magic = content.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(content) : 0;
            return magic is JksMagic or JceksMagic ? JavaKeyStore(content, path, password, keyPassword)
                : content.AsSpan().IndexOf("-----BEGIN "u8) >= 0 ? Pem(content, path, keyPassword ?? password)
                : Pkcs12(content, path, password);
        }
        catch (KeyStorePasswordException wrong)
        {
            throw Bad(path, "its password is another one, or the file was changed", "Give the right one: for a server's keystore ssl.server.keystore.password or KMS_SSL_KEYSTORE_PASS.", wrong);
        }
        catch (Exception failure) when (failure is FormatException or CryptographicException)
        {
            throw Bad(path, failure.Message.TrimEnd('.'), "It must be PEM, PKCS#12 or a Java keystore, and the password must fit.", failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Reads the certificates that a truststore trusts.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public static X509Certificate2Collection ReadTrusted(string path, SecretBytes? password)
    {
        byte[] content = ReadAll(path);
        X509Certificate2Collection trusted = [];
        try
        {
            if (content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(content) is JksMagic or JceksMagic)
            {
                using SecretBytes none = SecretBytes.CopyOf([]);
                foreach (JavaKeyStoreEntry entry in JavaKeyStoreFile.Read(content, password ?? none).Where(static each => each.Kind == JavaEntryKind.TrustedCertificate))
                {
                    trusted.Add(X509CertificateLoader.LoadCertificate(entry.Certificates[0].Span));
                }
            }
            else if (content.AsSpan().IndexOf("-----BEGIN "u8) >= 0)
            {
                trusted.ImportFromPem(Encoding.ASCII.GetString(content));
            }
            else
            {
                char[] secret = Chars(password);
                trusted.AddRange(X509CertificateLoader.LoadPkcs12Collection(content, secret, X509KeyStorageFlags.EphemeralKeySet));
                Array.Clear(secret);
            }

            return trusted;
        }
        catch (Exception failure) when (failure is FormatException or CryptographicException or KeyStorePasswordException)
        {
            throw new ConfigurationException($"The truststore cannot be used: {failure.Message.TrimEnd('.')}", path, remedy: "It must be PEM, PKCS#12 or a Java keystore, and the password must fit.", inner: failure);
        }
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Length <= MaxLength ? File.ReadAllBytes(path) : throw Bad(path, "it is larger than 16 MiB", "Name a keystore.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, $"it cannot be read: {failure.Message.TrimEnd('.')}", "See that the file exists and that this account may read it.", failure);
        }
    }

    private static ConfigurationException Bad(string path, string problem, string remedy, Exception? inner = null) =>
        new($"No certificate: {problem}", path, remedy: remedy, inner: inner);

    private static ServerCertificate Pem(byte[] content, string path, SecretBytes? password)
    {
        X509Certificate2Collection all = [];
        char[] text = Encoding.ASCII.GetChars(content);
        char[] secret = Chars(password);
        try
        {
            all.ImportFromPem(text);
            if (all.Count == 0)
            {
                throw Bad(path, "there is no certificate in it", "Put the certificate first, then its chain and the private key.");
            }

            X509Certificate2 leaf = text.AsSpan().IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY") >= 0
                ? X509Certificate2.CreateFromEncryptedPem(text, text, secret)
                : X509Certificate2.CreateFromPem(text, text);
            all[0].Dispose();
            all.RemoveAt(0);
            return new ServerCertificate(leaf, all);
        }
        finally
        {
            Array.Clear(text);
            Array.Clear(secret);
        }
    }

    private static ServerCertificate Pkcs12(byte[] content, string path, SecretBytes? password)
    {
        char[] secret = Chars(password);
        try
        {
            X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12Collection(content, secret, X509KeyStorageFlags.EphemeralKeySet);
            X509Certificate2 leaf = all.FirstOrDefault(static each => each.HasPrivateKey) ?? throw Bad(path, "there is no private key in it", "Export the key together with its certificate.");
            all.Remove(leaf);
            return new ServerCertificate(leaf, all);
        }
        finally
        {
            Array.Clear(secret);
        }
    }

    private static ServerCertificate JavaKeyStore(byte[] content, string path, SecretBytes? password, SecretBytes? keyPassword)
    {
        SecretBytes store = password ?? throw Bad(path, "a Java keystore needs its password", "Set ssl.server.keystore.password or KMS_SSL_KEYSTORE_PASS.");
        JavaKeyStoreEntry entry = JavaKeyStoreFile.Read(content, store).FirstOrDefault(static each => each.Kind == JavaEntryKind.PrivateKey)
            ?? throw Bad(path, "there is no private key in it", "Make one with keytool -genkeypair.");
        byte[] key = JavaPrivateKey.Open(entry.EncryptedPrivateKey.Span, keyPassword ?? store);
        X509Certificate2Collection chain = [];
        try
        {
            foreach (ReadOnlyMemory<byte> certificate in entry.Certificates)
            {
                chain.Add(X509CertificateLoader.LoadCertificate(certificate.Span));
            }

            if (chain.Count == 0)
            {
                throw Bad(path, $"its key '{Keys.Printable.Text(entry.Alias)}' has no certificate", "Import the certificate with keytool -importcert.");
            }

            using X509Certificate2 bare = chain[0];
            chain.RemoveAt(0);
            return new ServerCertificate(Join(bare, key), chain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static X509Certificate2 Join(X509Certificate2 certificate, byte[] pkcs8)
    {
        switch (certificate.GetKeyAlgorithm())
        {
            case "1.2.840.113549.1.1.1":
                using (RSA rsa = RSA.Create())
                {
                    rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    return certificate.CopyWithPrivateKey(rsa);
                }

            case "1.2.840.10045.2.1":
                using (ECDsa curve = ECDsa.Create())
                {
                    curve.ImportPkcs8PrivateKey(pkcs8, out _);
                    return certificate.CopyWithPrivateKey(curve);
                }

            default:
                throw new FormatException($"keys of the kind {certificate.GetKeyAlgorithm()} cannot be used for TLS here");
        }
    }

    private static char[] Chars(SecretBytes? password)
    {
        if (password is null)
        {
            return [];
        }

        using SecretLease lease = password.Open();
        return Encoding.UTF8.GetChars(lease.Span.ToArray());
    }
}
