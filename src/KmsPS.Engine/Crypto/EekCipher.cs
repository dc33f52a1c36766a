using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>Makes, opens and re-makes EEKs. SOURCE: Hadoop KeyProviderCryptoExtension.DefaultCryptoExtension.</summary>
public static class EekCipher
{
    /// <summary>Makes <paramref name="count"/> data keys as long as the zone key's material, wrapped under it.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.CryptoFailed"/>: the material is no AES key.</exception>
    public static EekBatch Generate(KeyVersion zoneKey, int count)
    {
        using SecretLease key = Material(zoneKey).Open();
        RequireAesKey(key.Span);
        using AesCtrKey ready = new(key, stackalloc byte[AesSchedule.MaxLength]);
        RandomPool random = RandomPool.Mine;
        int length = key.Span.Length;
        byte[] packed = new byte[count * (EekBatch.IvLength + length)];
        Span<byte> dek = stackalloc byte[length];
        Span<byte> counter = stackalloc byte[EekBatch.IvLength];
        try
        {
            for (int at = 0; at < packed.Length; at += EekBatch.IvLength + length)
            {
                Span<byte> iv = packed.AsSpan(at, EekBatch.IvLength);
                random.Fill(iv);
                random.Fill(dek);
                Flip(iv, counter);
                ready.Transform(counter, dek, packed.AsSpan(at + EekBatch.IvLength, length));
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dek);
        }

        return new EekBatch(zoneKey.Key, zoneKey.Name, length, packed);
    }

    /// <summary>Unwraps a data key. The caller owns, and disposes, what it gets; wrong input gives other bytes, not an error.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.CryptoFailed"/>: the IV is not 16 bytes long, or the material is no AES key.</exception>
    public static SecretBytes Decrypt(KeyVersion zoneKey, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encryptedMaterial)
    {
        if (iv.Length != EekBatch.IvLength)
        {
            throw KeyFaults.WrongIvLength();
        }

        using SecretLease key = Material(zoneKey).Open();
        RequireAesKey(key.Span);
        using AesCtrKey ready = new(key, stackalloc byte[AesSchedule.MaxLength]);
        return SecretBytes.Create(encryptedMaterial.Length, new Job(ready, iv, encryptedMaterial), static (dek, job) =>
        {
            Span<byte> counter = stackalloc byte[EekBatch.IvLength];
            Flip(job.Iv, counter);
            job.Key.Transform(counter, job.Input, dek);
        });
    }

    /// <summary>Wraps the same data key with the same IV under another version of the zone key.</summary>
    public static EncryptedKeyVersion Reencrypt(KeyVersion from, KeyVersion to, EncryptedKeyVersion eek)
    {
        using SecretBytes dek = Decrypt(from, eek.Iv.Span, eek.EncryptedMaterial.Span);
        using SecretLease plain = dek.Open();
        using SecretLease key = Material(to).Open();
        RequireAesKey(key.Span);
        Span<byte> counter = stackalloc byte[EekBatch.IvLength];
        Flip(eek.Iv.Span, counter);
        byte[] wrapped = new byte[plain.Span.Length];
        using AesCtrKey ready = new(key, stackalloc byte[AesSchedule.MaxLength]);
        ready.Transform(counter, plain.Span, wrapped);
        return eek with { Key = to.Key, Version = to.Name, EncryptedMaterial = wrapped };
    }

    // The wrapping's counter starts at the IV with every bit flipped; twice gives the IV back.
    private static void Flip(ReadOnlySpan<byte> iv, Span<byte> counter) =>
        BinaryPrimitives.WriteUInt128BigEndian(counter, ~BinaryPrimitives.ReadUInt128BigEndian(iv));

    private static SecretBytes Material(KeyVersion version) =>
        version.Material ?? throw new KmsException(ErrorKind.Internal, $"Key version '{version}' came without its material.");

    private static void RequireAesKey(ReadOnlySpan<byte> key)
    {
        if (key.Length is not (16 or 24 or 32))
        {
            throw new KmsException(
                ErrorKind.CryptoFailed,
                string.Create(CultureInfo.InvariantCulture, $"java.security.InvalidKeyException: Invalid AES key length: {key.Length} bytes"),
                "Only keys of 128, 192 or 256 bits can wrap data keys; make a new key of such a length.");
        }
    }

    private readonly ref struct Job(AesCtrKey key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> input)
    {
        public readonly AesCtrKey Key = key;
        public readonly ReadOnlySpan<byte> Iv = iv;
        public readonly ReadOnlySpan<byte> Input = input;
    }
}
