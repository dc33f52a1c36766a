using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace KmsPS.Engine.Wire;

/// <summary>
/// Writes JSON as Jackson's default pretty printer does, byte for byte: two blanks of indent, <c>"key" : value</c>, arrays on one
/// line as <c>[ "a", "b" ]</c>, <c>[ ]</c> and <c>{ }</c> for empty ones. SOURCE: every recorded answer.
/// </summary>
/// <remarks>Call <see cref="Flush"/> at the end: until then the last bytes are in the target's span but not counted.</remarks>
internal ref struct JacksonWriter
{
    private const int Block = 512;

    // What JSON must escape, and nothing more: Jackson writes all other characters as UTF-8.
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private readonly IBufferWriter<byte> _target;
    private Span<byte> _free;
    private int _used;
    private int _depth;
    private bool _isEmpty;

    internal JacksonWriter(IBufferWriter<byte> target) => _target = target;

    internal void StartObject()
    {
        Put((byte)'{');
        _depth++;
        _isEmpty = true;
    }

    internal void EndObject()
    {
        _depth--;
        if (_isEmpty)
        {
            Raw(" }"u8);
        }
        else
        {
            NewLine();
            Put((byte)'}');
        }

        _isEmpty = false;
    }

    internal void StartArray()
    {
        Put((byte)'[');
        _isEmpty = true;
    }

    internal void EndArray()
    {
        Raw(" ]"u8);
        _isEmpty = false;
    }

    /// <summary>Begins the next element of an array.</summary>
    internal void Element()
    {
        Raw(_isEmpty ? " "u8 : ", "u8);
        _isEmpty = false;
    }

    /// <summary>Begins the next member of an object.</summary>
    /// <param name="name">UTF-8 that needs no escaping.</param>
    internal void Name(ReadOnlySpan<byte> name)
    {
        BeginMember();
        Put((byte)'"');
        Raw(name);
        Raw("\" : "u8);
    }

    /// <summary>Begins the next member of an object, whose name is free text.</summary>
    internal void Name(string name)
    {
        BeginMember();
        Text(name);
        Raw(" : "u8);
    }

    internal void Text(string? value)
    {
        if (value is null)
        {
            Raw("null"u8);
            return;
        }

        Put((byte)'"');
        ReadOnlySpan<char> rest = value;
        int special;
        while ((special = rest.IndexOfAny(Escaped)) >= 0)
        {
            Utf8(rest[..special]);
            Escape(rest[special]);
            rest = rest[(special + 1)..];
        }

        Utf8(rest);
        Put((byte)'"');
    }

    internal void Number(long value)
    {
        Ensure(20);
        _ = Utf8Formatter.TryFormat(value, _free[_used..], out int written);
        _used += written;
    }

    /// <summary>Bytes as Base64 of the URL-safe alphabet without padding, straight into the target.</summary>
    internal void Base64(ReadOnlySpan<byte> value)
    {
        int length = Base64Url.GetEncodedLength(value.Length);
        Ensure(length + 2);
        _free[_used++] = (byte)'"';
        _used += Base64Url.EncodeToUtf8(value, _free[_used..]);
        _free[_used++] = (byte)'"';
    }

    internal void Raw(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_free[_used..]);
        _used += bytes.Length;
    }

    internal void Flush()
    {
        if (_used > 0)
        {
            _target.Advance(_used);
            _used = 0;
        }

        _free = default;
    }

    private void BeginMember()
    {
        if (!_isEmpty)
        {
            Put((byte)',');
        }

        _isEmpty = false;
        NewLine();
    }

    private void NewLine()
    {
        Ensure(1 + (2 * _depth));
        _free[_used++] = (byte)'\n';
        _free.Slice(_used, 2 * _depth).Fill((byte)' ');
        _used += 2 * _depth;
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"': Raw("\\\""u8); break;
            case '\\': Raw("\\\\"u8); break;
            case '\b': Raw("\\b"u8); break;
            case '\t': Raw("\\t"u8); break;
            case '\n': Raw("\\n"u8); break;
            case '\f': Raw("\\f"u8); break;
            case '\r': Raw("\\r"u8); break;
            default:
                Raw(c < 0x10 ? "\\u000"u8 : "\\u001"u8);
                Put("0123456789ABCDEF"u8[c & 0xF]);
                break;
        }
    }

    private void Utf8(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        Ensure(Encoding.UTF8.GetMaxByteCount(text.Length));
        _used += Encoding.UTF8.GetBytes(text, _free[_used..]);
    }

    private void Put(byte value)
    {
        Ensure(1);
        _free[_used++] = value;
    }

    private void Ensure(int length)
    {
        if (_free.Length - _used >= length)
        {
            return;
        }

        Flush();
        _free = _target.GetSpan(Math.Max(length, Block));
    }
}
