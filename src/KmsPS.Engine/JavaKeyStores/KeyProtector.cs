using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.JavaKeyStores;

/// <summary>
/// The JDK's way of sealing a secret key under a password: iterated MD5 over each half of the salt makes a Triple-DES key and
/// IV. Weak by today's measure, and fixed by the format.
/// </summary>
/// <remarks>SOURCE: com.sun.crypto.provider.KeyProtector and PBECipherCore; measured.</remarks>
internal static class KeyProtector
{
    /// <summary>What the sealed object calls it.</summary>
    internal const string Algorithm = "PBEWithMD5AndTripleDES";

    /// <summary>What a JDK of today writes. SOURCE: security property <c>jdk.jceks.iterationCount</c>.</summary>
    internal const int DefaultIterations = 200_000;

    /// <summary>Most that a JDK reads.</summary>
    internal const int MaxIterations = 5_000_000;

    private const int SaltLength = 8;
    private const int KeyLength = 24;
    private const int IvLength = 8;

    /// <summary>Seals <paramref name="plain"/>.</summary>
    internal static byte[] Seal(ReadOnlySpan<byte> plain, SecretBytes password, int iterations)
    {
        Span<byte> salt = stackalloc byte[SaltLength];
        RandomNumberGenerator.Fill(salt);
        Span<byte> derived = stackalloc byte[KeyLength + IvLength];
        try
        {
            Derive(password, salt, iterations, derived);
            using TripleDES cipher = Cipher(derived);
            byte[] content = cipher.EncryptCbc(plain, derived[KeyLength..]);
            return JavaStreamWriter.Sealed(Parameters(salt, iterations), content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>Opens what <see cref="Seal"/> or a JDK sealed. The caller clears the array.</summary>
    /// <exception cref="FormatException">The parameters are out of range.</exception>
    /// <exception cref="CryptographicException">The password is another one, or the bytes are damaged.</exception>
    internal static byte[] Unseal(ReadOnlySpan<byte> stream, SecretBytes password)
    {
        JavaObject sealedKey = new JavaStreamReader(stream).ReadObject();
        if (sealedKey.Class.Name != JavaStreamReader.SealedClass)
        {
            throw new FormatException($"a {sealedKey.Class.Name} is no sealed key");
        }

        (byte[] salt, int iterations) = ReadParameters(stream[sealedKey.Bytes("encodedParams")].ToArray());
        Span<byte> derived = stackalloc byte[KeyLength + IvLength];
        try
        {
            Derive(password, salt, iterations, derived);
            using TripleDES cipher = Cipher(derived);
            return cipher.DecryptCbc(stream[sealedKey.Bytes("encryptedContent")], derived[KeyLength..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>Derives 24 bytes of key and 8 of IV.</summary>
    internal static void Derive(SecretBytes password, ReadOnlySpan<byte> salt, int iterations, Span<byte> derived)
    {
        Span<byte> halves = stackalloc byte[SaltLength];
        salt.CopyTo(halves);
        if (halves[..4].SequenceEqual(halves[4..]))
        {
            halves[..4].Reverse();
        }

        // One buffer for digest and password: each round is then a single call into the library.
        using SecretLease secret = password.Open();
        using SecretBytes scratch = SecretBytes.Create(MD5.HashSizeInBytes + secret.Span.Length, new Rounds(secret.Span, halves, iterations, derived), static (buffer, rounds) => rounds.Run(buffer));
    }

    private readonly ref struct Rounds(ReadOnlySpan<byte> password, ReadOnlySpan<byte> halves, int iterations, Span<byte> derived)
    {
        private readonly ReadOnlySpan<byte> _password = password;
        private readonly ReadOnlySpan<byte> _halves = halves;
        private readonly Span<byte> _derived = derived;

        internal void Run(Span<byte> buffer)
        {
            using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            Span<byte> digest = buffer[..MD5.HashSizeInBytes];
            _password.CopyTo(buffer[MD5.HashSizeInBytes..]);
            for (int half = 0; half < 2; half++)
            {
                // The first round hashes the half of the salt, four bytes, in the digest's place.
                Span<byte> first = buffer[(MD5.HashSizeInBytes - 4)..];
                _halves.Slice(half * 4, 4).CopyTo(first);
                md5.AppendData(first);
                md5.GetHashAndReset(digest);
                for (int i = 1; i < iterations; i++)
                {
                    md5.AppendData(buffer);
                    md5.GetHashAndReset(digest);
                }

                digest.CopyTo(_derived[(half * MD5.HashSizeInBytes)..]);
            }
        }
    }

    [SuppressMessage("Security", "CA5350", Justification = "The format knows no other cipher.")]
    private static TripleDES Cipher(ReadOnlySpan<byte> derived)
    {
        TripleDES cipher = TripleDES.Create();
        cipher.SetKey(derived[..KeyLength]);
        return cipher;
    }

    private static byte[] Parameters(ReadOnlySpan<byte> salt, int iterations)
    {
        AsnWriter der = new(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteOctetString(salt);
            der.WriteInteger(iterations);
        }

        return der.Encode();
    }

    private static (byte[] Salt, int Iterations) ReadParameters(byte[] encoded)
    {
        try
        {
            AsnReader sequence = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
            byte[] salt = sequence.ReadOctetString();
            long iterations = sequence.TryReadInt64(out long value) ? value : long.MaxValue;
            return (salt.Length, iterations) switch
            {
                (not SaltLength, _) => throw new FormatException("Salt must be 8 bytes long"),
                (_, < 1) => throw new FormatException("IterationCount must be a positive number"),
                (_, > MaxIterations) => throw new FormatException("PBE iteration count too large"),
                _ => (salt, (int)iterations),
            };
        }
        catch (AsnContentException damaged)
        {
            throw new FormatException("the parameters of a sealed key are no DER", damaged);
        }
    }
}
