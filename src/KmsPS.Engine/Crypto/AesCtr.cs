using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KmsPS.Engine.Crypto;

/// <summary>AES in counter mode with a full 128-bit big-endian counter. SOURCE: NIST SP 800-38A, 6.5.</summary>
public static class AesCtr
{
    /// <summary>Bytes of a block and of a counter.</summary>
    public const int BlockLength = 16;

    /// <summary>Encrypts or decrypts <paramref name="input"/> into <paramref name="output"/>, which is as long.</summary>
    /// <exception cref="CryptographicException">The key is not 16, 24 or 32 bytes long.</exception>
    public static void Transform(ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter, ReadOnlySpan<byte> input, Span<byte> output)
    {
        using Aes aes = Aes.Create();
        aes.SetKey(key);
        UInt128 next = BinaryPrimitives.ReadUInt128BigEndian(counter);
        Span<byte> block = stackalloc byte[BlockLength];
        Span<byte> stream = stackalloc byte[BlockLength];
        try
        {
            for (int at = 0; at < input.Length; at += BlockLength)
            {
                BinaryPrimitives.WriteUInt128BigEndian(block, next++);
                aes.EncryptEcb(block, stream, PaddingMode.None);
                int length = Math.Min(BlockLength, input.Length - at);
                for (int i = 0; i < length; i++)
                {
                    output[at + i] = (byte)(input[at + i] ^ stream[i]);
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(stream);
        }
    }
}
