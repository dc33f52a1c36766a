using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace KmsPS.Engine.Authentication;

/// <summary>Hadoop's binary primitives, big-endian. SOURCE: Hadoop WritableUtils.writeVLong, Text.writeString.</summary>
internal static class WritableText
{
    /// <summary>Appends a variable-length number: one byte from -112 to 127, else a length byte and the fewest bytes that hold it.</summary>
    internal static void AppendNumber(List<byte> to, long value)
    {
        if (value is >= -112 and <= 127)
        {
            to.Add((byte)value);
            return;
        }

        bool negative = value < 0;
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, negative ? ~value : value);
        int skipped = bytes.IndexOfAnyExcept((byte)0);
        int length = 8 - (skipped < 0 ? 7 : skipped);
        to.Add((byte)((negative ? -120 : -112) - length));
        to.AddRange(bytes[(8 - length)..]);
    }

    /// <summary>Appends a length in bytes and the text as UTF-8.</summary>
    internal static void AppendText(List<byte> to, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        AppendNumber(to, length);
        int at = to.Count;
        CollectionsMarshal.SetCount(to, at + length);
        Encoding.UTF8.GetBytes(text, CollectionsMarshal.AsSpan(to)[at..]);
    }

    /// <summary>Appends a length and the bytes.</summary>
    internal static void AppendBytes(List<byte> to, ReadOnlySpan<byte> bytes)
    {
        AppendNumber(to, bytes.Length);
        to.AddRange(bytes);
    }
}
