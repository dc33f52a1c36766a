using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// Opens a private key of a Java keystore: JKS hides it under a stream of SHA-1 digests, JCEKS under the JDK's own Triple-DES.
/// </summary>
/// <remarks>SOURCE: sun.security.provider.KeyProtector, com.sun.crypto.provider.KeyProtector.</remarks>
internal static class JavaPrivateKey
{
    private const string JksAlgorithm = "1.3.6.1.4.1.42.2.17.1.1";

    /// <summary>PKCS#8 of the key. The caller clears the array.</summary>
    /// <exception cref="FormatException">The key is sealed in a way that is not known.</exception>
    /// <exception cref="CryptographicException">The password is another one.</exception>
    internal static byte[] Open(ReadOnlySpan<byte> encrypted, SecretBytes password)
    {
        try
        {
            AsnReader info = new AsnReader(encrypted.ToArray(), AsnEncodingRules.BER).ReadSequence();
            string algorithm = info.ReadSequence().ReadObjectIdentifier();
            byte[] content = info.ReadOctetString();
            return algorithm == JksAlgorithm
                ? Unmask(content, password)
                : throw new FormatException($"its private key is sealed with {algorithm}; convert the keystore with keytool -importkeystore -deststoretype pkcs12");
        }
        catch (AsnContentException damaged)
        {
            throw new FormatException("its private key is no DER", damaged);
        }
    }

    // Salt, the key XORed with SHA1(password | salt), SHA1(password | that) and so on, then SHA1(password | key) as a check.
    [SuppressMessage("Security", "CA5350", Justification = "The format knows no other digest.")]
    private static byte[] Unmask(ReadOnlySpan<byte> content, SecretBytes password)
    {
        const int Digest = SHA1.HashSizeInBytes;
        if (content.Length < 2 * Digest)
        {
            throw new FormatException("its private key is cut off");
        }

        ReadOnlySpan<byte> masked = content[Digest..^Digest];
        byte[] key = new byte[masked.Length];
        byte[] secret = Utf16(password);
        Span<byte> digest = stackalloc byte[Digest];
        content[..Digest].CopyTo(digest);
        try
        {
            using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
            for (int i = 0; i < key.Length; i++)
            {
                if (i % Digest == 0)
                {
                    sha.AppendData(secret);
                    sha.AppendData(digest);
                    sha.GetHashAndReset(digest);
                }

                key[i] = (byte)(masked[i] ^ digest[i % Digest]);
            }

            sha.AppendData(secret);
            sha.AppendData(key);
            sha.GetHashAndReset(digest);
            if (CryptographicOperations.FixedTimeEquals(digest, content[^Digest..]))
            {
                return key;
            }

            CryptographicOperations.ZeroMemory(key);
            throw new CryptographicException("the password of its private key is another one");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static byte[] Utf16(SecretBytes password)
    {
        using SecretLease lease = password.Open();
        char[] text = Encoding.UTF8.GetChars(lease.Span.ToArray());
        byte[] bytes = Encoding.BigEndianUnicode.GetBytes(text);
        Array.Clear(text);
        return bytes;
    }
}
