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
    private const int Group = 16;
    private const int AesKeyLength = 32;

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

    /// <summary>Writes them into the target's own memory, a group at a time.</summary>
    public void WriteTo(IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_batch is null)
        {
            target.Write(Empty);
            return;
        }

        int length = ElementLength + Comma.Length;
        int texted = PaddedText(EekBatch.IvLength) + PaddedText(_batch.MaterialLength);
        int most = Math.Min(Group, _batch.Count) * texted;
        Span<byte> texts = _batch.MaterialLength <= AesKeyLength ? stackalloc byte[most] : new byte[most];
        target.Write("[ "u8);
        for (int first = 0; first < _batch.Count; first += Group)
        {
            // Asking a response for memory takes a lock: a group has room in one piece.
            int count = Math.Min(Group, _batch.Count - first);
            Span<byte> piece = target.GetSpan(count * length);
            target.Advance(WriteGroup(first, count, texts, piece));
        }

        target.Write(" ]"u8);
    }

    private int WriteGroup(int first, int count, Span<byte> texts, Span<byte> piece)
    {
        (int iv, int material) = (PaddedText(EekBatch.IvLength), PaddedText(_batch!.MaterialLength));
        (int ivLength, int materialLength) = (Base64Url.GetEncodedLength(EekBatch.IvLength), Base64Url.GetEncodedLength(_batch.MaterialLength));
        EncodeGroup(first, count, texts);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> text = texts[(i * (iv + material))..];
            at = first + i == 0 ? at : Copy(Comma, piece, at);
            at = Copy(Head, piece, at);
            at = Copy(text.Slice(iv, materialLength), piece, at);
            at = Copy(_shared.Span, piece, at);
            at = Copy(text[..ivLength], piece, at);
            at = Copy(Tail, piece, at);
        }

        return at;
    }

    // Base64 is quick over long inputs alone. With zeroes up to a multiple of three bytes each value has characters of its own, and those
    // that stand for nothing but zeroes are left out: the same text as encoded by itself. SOURCE: RFC 4648 §3.2, §4.
    private void EncodeGroup(int first, int count, Span<byte> texts)
    {
        (int iv, int material) = (Padded(EekBatch.IvLength), Padded(_batch!.MaterialLength));
        int length = count * (iv + material);
        Span<byte> bytes = _batch.MaterialLength <= AesKeyLength ? stackalloc byte[length] : new byte[length];
        bytes.Clear();
        for (int i = 0; i < count; i++)
        {
            Span<byte> both = bytes[(i * (iv + material))..];
            _batch.Iv(first + i).CopyTo(both);
            _batch.EncryptedMaterial(first + i).CopyTo(both[iv..]);
        }

        Base64Url.EncodeToUtf8(bytes, texts);
    }

    private static int Padded(int length) => (length + 2) / 3 * 3;

    private static int PaddedText(int length) => Padded(length) / 3 * 4;

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to, int at)
    {
        from.CopyTo(to[at..]);
        return at + from.Length;
    }
}
