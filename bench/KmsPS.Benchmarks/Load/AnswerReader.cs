using System.Buffers.Text;
using System.Text;

namespace KmsPS.Benchmarks.Load;

/// <summary>Finds the end of an HTTP/1.1 answer in a growing buffer; as little work as can be, for it shares the machine.</summary>
internal struct AnswerReader
{
    private int _headerEnd;
    private int _end;
    private int _chunk;

    /// <summary>Status code, once the head is complete.</summary>
    public int Status { get; private set; }

    /// <summary>Where the body begins.</summary>
    public readonly int BodyStart => _headerEnd;

    /// <summary>Whether the body came in chunks.</summary>
    public readonly bool IsChunked => _chunk > 0;

    /// <returns>Length of the whole answer, or 0 while some of it is still to come.</returns>
    public int Look(ReadOnlySpan<byte> bytes)
    {
        if (_headerEnd == 0)
        {
            int blank = bytes.IndexOf("\r\n\r\n"u8);
            if (blank < 0)
            {
                return 0;
            }

            ReadHead(bytes[..(blank + 2)]);
        }

        return _chunk > 0 ? LookChunks(bytes) : bytes.Length >= _end ? _end : 0;
    }

    /// <summary>The body with chunking undone.</summary>
    public readonly byte[] Body(ReadOnlySpan<byte> answer)
    {
        if (!IsChunked)
        {
            return answer[_headerEnd.._end].ToArray();
        }

        List<byte> body = [];
        int at = _headerEnd;
        while (Utf8Parser.TryParse(answer[at..], out int size, out int digits, 'x') && size > 0)
        {
            at += digits + 2;
            body.AddRange(answer.Slice(at, size));
            at += size + 2;
        }

        return [.. body];
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        _headerEnd = head.Length + 2;
        Status = Utf8Parser.TryParse(head[9..12], out int status, out _) ? status : 0;
        int length = Find(head, "\r\ncontent-length: "u8);
        if (length >= 0 && Utf8Parser.TryParse(head[length..], out int size, out _))
        {
            _end = _headerEnd + size;
        }
        else if (Find(head, "\r\ntransfer-encoding: chunked"u8) >= 0)
        {
            _chunk = _headerEnd;
        }
        else
        {
            _end = _headerEnd;
        }
    }

    private int LookChunks(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            int line = bytes[Math.Min(_chunk, bytes.Length)..].IndexOf("\r\n"u8);
            if (line < 0 || !Utf8Parser.TryParse(bytes[_chunk..], out int size, out _, 'x'))
            {
                return 0;
            }

            int next = _chunk + line + 2 + size + 2;
            if (next > bytes.Length)
            {
                return 0;
            }

            _chunk = next;
            if (size == 0)
            {
                return next;
            }
        }
    }

    private static int Find(ReadOnlySpan<byte> head, ReadOnlySpan<byte> lower)
    {
        for (int i = 0; i + lower.Length <= head.Length; i++)
        {
            if (head[i] == (byte)'\r' && Ascii.EqualsIgnoreCase(head.Slice(i, lower.Length), lower))
            {
                return i + lower.Length;
            }
        }

        return -1;
    }
}
