using System.Buffers.Binary;
using System.Text;

namespace KmsPS.Engine.JavaKeyStores;

/// <summary>Java's own spelling of text: a 16-bit length, NUL in two bytes, every surrogate in three.</summary>
/// <remarks>SOURCE: java.io.DataInput, "Modified UTF-8".</remarks>
internal static class ModifiedUtf8
{
    /// <summary>Most bytes that a text may take.</summary>
    internal const int MaxLength = ushort.MaxValue;

    /// <summary>How many bytes a text takes, without the length before it.</summary>
    internal static long Length(string text) => text.Sum(static c => c is > '\0' and < '\u0080' ? 1L : c < '\u0800' ? 2L : 3L);

    /// <exception cref="FormatException">A byte sequence that is none.</exception>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        for (int i = 0; i < bytes.Length;)
        {
            int first = bytes[i];
            int length = first switch { < 0x80 => 1, >= 0xC0 and < 0xE0 => 2, >= 0xE0 and < 0xF0 => 3, _ => 0 };
            if (length == 0 || i + length > bytes.Length)
            {
                throw new FormatException("a text is not in Java's modified UTF-8");
            }

            text.Append(length switch
            {
                1 => (char)first,
                2 => (char)(((first & 0x1F) << 6) | (bytes[i + 1] & 0x3F)),
                _ => (char)(((first & 0x0F) << 12) | ((bytes[i + 1] & 0x3F) << 6) | (bytes[i + 2] & 0x3F)),
            });
            i += length;
        }

        return text.ToString();
    }

    /// <summary>Writes the length and the bytes.</summary>
    /// <exception cref="FormatException">The text takes more than 65535 bytes.</exception>
    internal static void Write(Stream stream, string text)
    {
        using MemoryStream bytes = new(text.Length + 8);
        foreach (char c in text)
        {
            if (c is > '\0' and < '\u0080')
            {
                bytes.WriteByte((byte)c);
            }
            else if (c < '\u0800')
            {
                bytes.WriteByte((byte)(0xC0 | (c >> 6)));
                bytes.WriteByte((byte)(0x80 | (c & 0x3F)));
            }
            else
            {
                bytes.WriteByte((byte)(0xE0 | (c >> 12)));
                bytes.WriteByte((byte)(0x80 | ((c >> 6) & 0x3F)));
                bytes.WriteByte((byte)(0x80 | (c & 0x3F)));
            }
        }

        if (bytes.Length > MaxLength)
        {
            throw new FormatException("a text is longer than the 65535 bytes that a Java keystore can hold");
        }

        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
        stream.Write(length);
        bytes.WriteTo(stream);
    }
}
