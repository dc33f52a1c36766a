using System.Buffers.Binary;
using System.Text;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Reads what <see cref="RowWriter"/> wrote. The bytes come out of a seal, so damage here is a defect, not an attack.</summary>
internal ref struct RowReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    internal readonly bool IsAtEnd => _rest.IsEmpty;

    internal long Number() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    internal ReadOnlySpan<byte> Bytes() => Take(BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int))));

    internal string Text() => Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)))));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new FormatException("A sealed row ends too early.");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
