using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Wire;

/// <summary>
/// Reads Base64 as Hadoop does: both alphabets, even mixed; padding optional; whatever is in neither alphabet is skipped; the first
/// <c>=</c> ends the text; one leftover character is dropped. SOURCE: Apache Commons Codec Base64, lenient.
/// </summary>
internal static class LenientBase64
{
    private const byte Skip = 0xFF;
    private const byte End = 0xFE;
    private const int StackLimit = 1024;

    private static ReadOnlySpan<byte> Values =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62, 255, 62, 255, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 255, 255, 255, 254, 255, 255,
        255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 63,
        255, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255,
    ];

    /// <summary>Most bytes that a text of <paramref name="length"/> bytes can give.</summary>
    internal static int MaxDecodedLength(int length) => (int)((length * 3L) / 4);

    /// <summary>Decodes into <paramref name="destination"/>, which has room for <see cref="MaxDecodedLength"/>.</summary>
    /// <returns>Number of bytes written.</returns>
    internal static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        uint bits = 0;
        int pending = 0;
        foreach (byte c in text)
        {
            byte value = c < 128 ? Values[c] : Skip;
            if (value >= 64)
            {
                if (value == End)
                {
                    break;
                }

                continue;
            }

            bits = (bits << 6) | value;
            if (++pending == 4)
            {
                destination[written + 2] = (byte)bits;
                destination[written + 1] = (byte)(bits >> 8);
                destination[written] = (byte)(bits >> 16);
                written += 3;
                pending = 0;
            }
        }

        if (pending >= 2)
        {
            destination[written++] = (byte)(bits >> (pending == 2 ? 4 : 10));
        }

        if (pending == 3)
        {
            destination[written++] = (byte)(bits >> 2);
        }

        return written;
    }

    /// <summary>Decodes what is not secret.</summary>
    internal static byte[] Decode(ReadOnlySpan<byte> text)
    {
        int most = MaxDecodedLength(text.Length);
        if (most > StackLimit)
        {
            byte[] large = new byte[most];
            return large[..Decode(text, large)];
        }

        Span<byte> buffer = stackalloc byte[most];
        return buffer[..Decode(text, buffer)].ToArray();
    }

    /// <summary>Decodes key material; nothing of it stays behind outside of what is returned.</summary>
    internal static SecretBytes DecodeSecret(ReadOnlySpan<byte> text)
    {
        int most = MaxDecodedLength(text.Length);
        Span<byte> buffer = most <= StackLimit ? stackalloc byte[most] : new byte[most];
        try
        {
            return SecretBytes.CopyOf(buffer[..Decode(text, buffer)]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
