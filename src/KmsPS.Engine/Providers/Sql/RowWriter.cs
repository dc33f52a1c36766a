using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The bytes of a row, or what is bound into its seal, written so that no two different lists of values give the same bytes.</summary>
/// <remarks>INVARIANT: the layout is a format at rest (docs/03-formats-at-rest.md); it changes only under a new purpose text.</remarks>
internal ref struct RowWriter
{
    private byte[] _bytes;
    private int _length;

    /// <param name="purpose">What kind of row it is, with the layout's version: <c>KmsPS version 1</c>.</param>
    internal RowWriter(string purpose)
    {
        _bytes = new byte[256];
        Add(purpose);
    }

    internal readonly ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>A text: its length in bytes (32 bits, big-endian), then its UTF-8.</summary>
    internal void Add(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Add32(length);
        Encoding.UTF8.GetBytes(text, Grow(length));
    }

    /// <summary>Bytes: their number (32 bits, big-endian), then they.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        Add32(bytes.Length);
        bytes.CopyTo(Grow(bytes.Length));
    }

    /// <summary>A number: 64 bits, big-endian.</summary>
    internal void Add(long number) => BinaryPrimitives.WriteInt64BigEndian(Grow(sizeof(long)), number);

    /// <summary>Overwrites what was written, where it holds a secret.</summary>
    internal readonly void Clear() => CryptographicOperations.ZeroMemory(_bytes);

    private void Add32(int number) => BinaryPrimitives.WriteInt32BigEndian(Grow(sizeof(int)), number);

    private Span<byte> Grow(int count)
    {
        if (_length + count > _bytes.Length)
        {
            byte[] outgrown = _bytes;
            _bytes = new byte[Math.Max(outgrown.Length * 2, _length + count)];
            outgrown.AsSpan(0, _length).CopyTo(_bytes);
            CryptographicOperations.ZeroMemory(outgrown);
        }

        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
