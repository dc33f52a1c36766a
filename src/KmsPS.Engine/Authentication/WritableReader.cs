using System.Text;

namespace KmsPS.Engine.Authentication;

/// <summary>Reads what <see cref="WritableText"/> writes. Every failure is a <see cref="TokenFormatException"/>.</summary>
internal ref struct WritableReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    internal byte Byte()
    {
        ReadOnlySpan<byte> one = Take(1);
        return one[0];
    }

    internal long Number()
    {
        sbyte first = (sbyte)Byte();
        if (first >= -112)
        {
            return first;
        }

        bool negative = first < -120;
        int length = negative ? -120 - first : -112 - first;
        long value = 0;
        foreach (byte b in Take(length))
        {
            value = (value << 8) | b;
        }

        return negative ? ~value : value;
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        long length = Number();
        return length switch
        {
            < 0 => throw new TokenFormatException("java.lang.NegativeArraySizeException: -1", isNonsense: true),
            > int.MaxValue => throw new TokenFormatException("java.io.EOFException", isNonsense: true),
            _ => Take((int)length),
        };
    }

    internal string Text() => Encoding.UTF8.GetString(Bytes());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new TokenFormatException("java.io.EOFException", isNonsense: false);
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
