using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>AES in counter mode with a full 128-bit big-endian counter. SOURCE: NIST SP 800-38A, 6.5.</summary>
public static class AesCtr
{
    /// <summary>Bytes of a block and of a counter.</summary>
    public const int BlockLength = 16;

    /// <summary>Encrypts or decrypts <paramref name="input"/> into <paramref name="output"/>, which is as long.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key is not 16, 24 or 32 bytes long.</exception>
    public static void Transform(ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> scratch = stackalloc byte[AesSchedule.MaxLength];
        using AesCtrKey ready = new(key, default, scratch);
        ready.Transform(counter, input, output);
    }

    /// <summary>Keeps the key's expanded schedule beside it for as long as it lives, so that every later use costs one block only.</summary>
    /// <remarks>For keys that are used again and again, as a cached zone key is. Does nothing for what is no AES key.</remarks>
    internal static void Warm(SecretBytes key)
    {
        if (AesSchedule.IsSupported && key.Length is 16 or 24 or 32)
        {
            key.Derive(AesSchedule.LengthFor(key.Length), AesSchedule.Expand);
        }
    }
}
