using System.Buffers;
using System.Buffers.Text;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Wire;

/// <summary>
/// EEKs that were made together as a JSON array, <c>[ ]</c> for none. All but IV and material is the same in every element: it is
/// written once and copied, and the length of the whole is known before.
/// </summary>
public readonly struct EekArrayJson
{
    private const int Brackets = 4;

    private readonly EekBatch? _batch;
    private readonly ReadOnlyMemory<byte> _shared;

    /// <summary>Prepares the text of <paramref name="batch"/>.</summary>
    public EekArrayJson(EekBatch? batch)
    {
        if (batch is not { Count: > 0 })
        {
            Length = Empty.Length;
            return;
        }

        _batch = batch;
        ArrayBufferWriter<byte> shared = new(256);
        JacksonWriter json = new(shared);
        json.Raw("\",\n    \"name\" : "u8);
        json.Text(batch.Key.Value);
        json.Raw(",\n    \"versionName\" : \"EEK\"\n  },\n  \"versionName\" : "u8);
        json.Text(batch.Version.Value);
        json.Raw(",\n  \"iv\" : \""u8);
        json.Flush();
        _shared = shared.WrittenMemory;
        Length = Brackets + (batch.Count * (ElementLength + Comma.Length)) - Comma.Length;
    }

    /// <summary>Longest answer, in bytes.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>How many EEKs of a key fit into the longest answer, its longest material and version name assumed.</summary>
    public static int MostOf(KeyName key)
    {
        const int Around = 256;
        ArrayBufferWriter<byte> name = new(256);
        JacksonWriter json = new(name);
        json.Text(key.Value);
        json.Flush();
        return MaxLength / (Around + (2 * name.WrittenCount));
    }

    /// <summary>Number of bytes that are written.</summary>
    public int Length { get; }

    private static ReadOnlySpan<byte> Empty => "[ ]"u8;

    private static ReadOnlySpan<byte> Head => "{\n  \"encryptedKeyVersion\" : {\n    \"material\" : \""u8;

    private static ReadOnlySpan<byte> Tail => "\"\n}"u8;

    private static ReadOnlySpan<byte> Comma => ", "u8;

    private int ElementLength => Head.Length + Base64Url.GetEncodedLength(_batch!.MaterialLength)
        + _shared.Length + Base64Url.GetEncodedLength(EekBatch.IvLength) + Tail.Length;

    /// <summary>Writes them into the target's own memory, as many at a time as one piece of it has room for.</summary>
    public void WriteTo(IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_batch is null)
        {
            target.Write(Empty);
            return;
        }

        ReadOnlySpan<byte> shared = _shared.Span;
        int length = ElementLength + Comma.Length;
        target.Write("[ "u8);
        for (int i = 0; i < _batch.Count;)
        {
            // Asking a response for memory takes a lock: one piece is filled before the next is asked for.
            Span<byte> piece = target.GetSpan(length);
            int at = 0;
            for (; i < _batch.Count && piece.Length - at >= length; i++)
            {
                at = i == 0 ? at : Copy(Comma, piece, at);
                at = Copy(Head, piece, at);
                at += Base64Url.EncodeToUtf8(_batch.EncryptedMaterial(i), piece[at..]);
                at = Copy(shared, piece, at);
                at += Base64Url.EncodeToUtf8(_batch.Iv(i), piece[at..]);
                at = Copy(Tail, piece, at);
            }

            target.Advance(at);
        }

        target.Write(" ]"u8);
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to, int at)
    {
        from.CopyTo(to[at..]);
        return at + from.Length;
    }
}
