using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>
/// Locks the content key of a backup for each of its keepers: by a passphrase (PBKDF2-HMAC-SHA-512), an RSA key (OAEP with SHA-256) or
/// a key on an elliptic curve (ECDH with a key made for this backup, then HKDF-SHA-512).
/// </summary>
/// <remarks>INVARIANT: a format at rest (docs/03-formats-at-rest.md). The whole header is bound into the frames' key.</remarks>
internal static class BackupLock
{
    private const string Passphrase = "passphrase-pbkdf2-sha512";
    private const string Rsa = "rsa-oaep-sha256";
    private const string Curve = "ecdh-hkdf-sha512";
    private const int MostKeepers = 64;
    private const int LeastRsaBits = 2048;

    /// <summary>Writes the locks.</summary>
    /// <exception cref="KmsException">A certificate's key cannot lock anything.</exception>
    internal static void Write(ref RowWriter header, BackupKeys keys, byte[] backupId, SecretBytes content)
    {
        using SecretLease plain = content.Open();
        header.Add(keys.Certificates.Count + (keys.Words is null ? 0 : 1));
        if (keys.Words is { } words)
        {
            byte[] salt = RandomNumberGenerator.GetBytes(PassphraseSealer.SaltLength);
            using KeySealer sealer = PassphraseSealer.Derive(words, salt, PassphraseSealer.Rounds);
            header.Add(Passphrase);
            header.Add(PassphraseSealer.Rounds);
            header.Add(salt);
            header.Add(sealer.Seal(plain.Span, Bind(Passphrase, backupId, salt, PassphraseSealer.Rounds).Span));
        }

        foreach (X509Certificate2 certificate in keys.Certificates)
        {
            WriteFor(ref header, certificate, backupId, plain.Span);
        }
    }

    /// <summary>Finds a lock that the keys open; the caller disposes what it gets, <see langword="null"/> when there is none.</summary>
    /// <exception cref="FormatException">The header is damaged.</exception>
    internal static SecretBytes? Open(ref RowReader header, BackupKeys keys, byte[] backupId)
    {
        SecretBytes? found = null;
        long count = header.Number();
        if (count is < 1 or > MostKeepers)
        {
            throw new FormatException("The number of keepers cannot be.");
        }

        for (; count > 0; count--)
        {
            string kind = header.Text();
            SecretBytes? opened = kind switch
            {
                Passphrase => OpenWords(header.Number(), header.Bytes(), header.Bytes(), keys.Words, backupId),
                Rsa => OpenRsa(header.Bytes(), header.Bytes(), keys),
                Curve => OpenCurve(header.Bytes(), header.Bytes(), header.Bytes(), keys, backupId),
                _ => throw new FormatException("A keeper is of an unknown kind."),
            };
            if (found is null)
            {
                found = opened;
            }
            else
            {
                opened?.Dispose();
            }
        }

        return found;
    }

    private static void WriteFor(ref RowWriter header, X509Certificate2 certificate, byte[] backupId, ReadOnlySpan<byte> plain)
    {
        byte[] print = certificate.GetCertHash(HashAlgorithmName.SHA256);
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            if (rsa.KeySize < LeastRsaBits)
            {
                throw Unusable(certificate, string.Create(CultureInfo.InvariantCulture, $"its RSA key has {rsa.KeySize} bits, and {LeastRsaBits} are the least"));
            }

            header.Add(Rsa);
            header.Add(print);
            header.Add(rsa.Encrypt(plain, RSAEncryptionPadding.OaepSHA256));
            return;
        }

        using ECDiffieHellman curve = certificate.GetECDiffieHellmanPublicKey() ?? throw Unusable(certificate, "it has neither an RSA key nor one on an elliptic curve that may agree on keys");
        using ECDiffieHellman own = ECDiffieHellman.Create(curve.ExportParameters(includePrivateParameters: false).Curve);
        byte[] mine = own.PublicKey.ExportSubjectPublicKeyInfo();
        using KeySealer sealer = Agree(own, curve.PublicKey, backupId, mine, print);
        header.Add(Curve);
        header.Add(print);
        header.Add(mine);
        header.Add(sealer.Seal(plain, Bind(Curve, backupId, print, 0).Span));
    }

    private static SecretBytes? OpenWords(long rounds, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> box, SecretBytes? words, byte[] backupId)
    {
        if (!PassphraseSealer.IsSound(rounds) || salt.Length != PassphraseSealer.SaltLength)
        {
            throw new FormatException("A keeper's rounds or salt cannot be.");
        }

        if (words is null)
        {
            return null;
        }

        using KeySealer sealer = PassphraseSealer.Derive(words, salt, (int)rounds);
        return sealer.TryOpen(box, Bind(Passphrase, backupId, salt, rounds).Span);
    }

    private static SecretBytes? OpenRsa(ReadOnlySpan<byte> print, ReadOnlySpan<byte> box, BackupKeys keys)
    {
        using RSA? rsa = Find(keys, print)?.GetRSAPrivateKey();
        if (rsa is null)
        {
            return null;
        }

        byte[] plain = GC.AllocateArray<byte>(rsa.KeySize / 8, pinned: true);
        try
        {
            return rsa.TryDecrypt(box, plain, RSAEncryptionPadding.OaepSHA256, out int length) ? SecretBytes.CopyOf(plain.AsSpan(0, length)) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static SecretBytes? OpenCurve(ReadOnlySpan<byte> print, ReadOnlySpan<byte> theirs, ReadOnlySpan<byte> box, BackupKeys keys, byte[] backupId)
    {
        using ECDiffieHellman? own = Find(keys, print)?.GetECDiffieHellmanPrivateKey();
        if (own is null)
        {
            return null;
        }

        try
        {
            using ECDiffieHellman other = ECDiffieHellman.Create();
            other.ImportSubjectPublicKeyInfo(theirs, out _);
            using KeySealer sealer = Agree(own, other.PublicKey, backupId, theirs, print);
            return sealer.TryOpen(box, Bind(Curve, backupId, print, 0).Span);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static X509Certificate2? Find(BackupKeys keys, ReadOnlySpan<byte> print)
    {
        foreach (X509Certificate2 certificate in keys.Certificates)
        {
            if (certificate.HasPrivateKey && print.SequenceEqual(certificate.GetCertHash(HashAlgorithmName.SHA256)))
            {
                return certificate;
            }
        }

        return null;
    }

    // SOURCE: NIST SP 800-56C, two-step derivation; both public values are bound, so a lock made for one certificate opens for no other.
    private static KeySealer Agree(ECDiffieHellman own, ECDiffieHellmanPublicKey other, byte[] backupId, ReadOnlySpan<byte> made, ReadOnlySpan<byte> print)
    {
        RowWriter info = new("KmsPS backup agreement 1");
        info.Add(made);
        info.Add(print);
        byte[] shared = own.DeriveRawSecretAgreement(other);
        try
        {
            using SecretBytes key = SecretBytes.Create(KeySealer.KeyLength, new Derivation(shared, backupId, info.Span), static (destination, job) => HKDF.DeriveKey(HashAlgorithmName.SHA512, job.Shared, destination, job.Salt, job.Info));
            return new KeySealer(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }

    private static RowWriter Bind(string kind, byte[] backupId, ReadOnlySpan<byte> detail, long rounds)
    {
        RowWriter bound = new("KmsPS backup key 1");
        bound.Add(kind);
        bound.Add(backupId);
        bound.Add(detail);
        bound.Add(rounds);
        return bound;
    }

    private static KmsException Unusable(X509Certificate2 certificate, string why) =>
        new(ErrorKind.InvalidRequest, $"A backup cannot be closed for the certificate '{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}': {why}", "Take a certificate with an RSA key of 2048 bits or more, or with a key on P-256, P-384 or P-521.") { Subject = certificate.Thumbprint };

    private readonly ref struct Derivation(ReadOnlySpan<byte> shared, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info)
    {
        public readonly ReadOnlySpan<byte> Shared = shared;
        public readonly ReadOnlySpan<byte> Salt = salt;
        public readonly ReadOnlySpan<byte> Info = info;
    }
}
