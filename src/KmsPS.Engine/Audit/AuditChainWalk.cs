using System.Text;
using System.Text.Json;

namespace KmsPS.Engine.Audit;

/// <summary>One walk over a file's lines.</summary>
internal sealed class AuditChainWalk(string path, AuditLink? head)
{
    private const int LongestLine = 1 << 24;
    private byte[] _buffer = new byte[1 << 16];
    private AuditLink _last;
    private AuditLink _begin;
    private long _first;
    private long _line;
    private bool _closed;
    private bool _sawHead;
    private AuditChainFault? _fault;

    internal AuditChainReport Run(Stream file)
    {
        int held = 0;
        int read;
        while (_fault is null && (read = file.Read(_buffer, held, _buffer.Length - held)) > 0)
        {
            held = TakeLines(held + read);
            if (held == _buffer.Length)
            {
                if (held >= LongestLine)
                {
                    _fault = new AuditChainFault(_line + 1, "The line is longer than any that is written here.");
                    break;
                }

                Array.Resize(ref _buffer, held * 2);
            }
        }

        if (_fault is null && head is { } known && !_sawHead && known.Number > 0)
        {
            _fault = known.Number > _last.Number
                ? new AuditChainFault(_line + 1, $"The head file knows line {known.Number}, but the last line here is {_last.Number}: lines were cut off.")
                : new AuditChainFault(_line, $"The head file's hash of line {known.Number} is not the one here.");
        }

        string? torn = _fault is null && held > 0 ? Encoding.UTF8.GetString(_buffer, 0, held) : null;
        AuditFileEnd end = torn is not null ? AuditFileEnd.Torn : _closed ? AuditFileEnd.Closed : AuditFileEnd.Open;
        return new AuditChainReport(path, _first, _last.Number, end, torn, _fault) { Begin = _begin, Tail = _last };
    }

    // Takes the whole lines out of the buffer and moves the rest to its front; how much that is.
    private int TakeLines(int held)
    {
        int start = 0;
        while (_fault is null && _buffer.AsSpan(start, held - start).IndexOf((byte)'\n') is >= 0 and int length)
        {
            _line++;
            TakeLine(_buffer.AsSpan(start, length));
            start += length + 1;
        }

        _buffer.AsSpan(start, held - start).CopyTo(_buffer);
        return held - start;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (AuditLink.FromLine(line) is not { } found)
        {
            Fail("It is not a line of this log.");
            return;
        }

        (string? kind, string? fault, AuditLink? follows) = ReadMarks(line);
        if (_first == 0)
        {
            if (kind != "opened")
            {
                Fail("The first line of a file says that it was opened; this one does not.");
                return;
            }

            _first = found.Number;
            _begin = _last = follows ?? AuditLink.Start;

            // A crash just after the file was begun leaves the head at the line before it.
            _sawHead = head == _begin;
        }

        AuditLink expected = _last.Next(line[..line.LastIndexOf(AuditLink.Mark)]);
        if (expected != found)
        {
            Fail(expected.Number == found.Number
                ? $"Line {found.Number} was changed, or the one before it."
                : $"Line {found.Number} stands where line {expected.Number} belongs.");
            return;
        }

        _last = found;
        _closed = kind == "closed";
        _sawHead |= head == found;
        if (fault is not null)
        {
            Fail($"The server noted when it opened the file: {fault}.");
        }
    }

    private void Fail(string what) => _fault ??= new AuditChainFault(_line, what);

    private static (string? Kind, string? Fault, AuditLink? Follows) ReadMarks(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\"event\":"u8) < 0)
        {
            return default;
        }

        string? kind = null;
        string? fault = null;
        long number = 0;
        AuditLink.Digest? hash = null;
        Utf8JsonReader reader = new(line);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                string? name = reader.GetString();
                reader.Read();
                switch (name)
                {
                    case "event":
                        kind = reader.GetString();
                        break;
                    case "fault":
                        fault = reader.GetString();
                        break;
                    case "previousNumber":
                        number = reader.GetInt64();
                        break;
                    case "previousChain":
                        hash = AuditLink.Digest.TryParse(reader.GetString() ?? "");
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            return (null, "the line is no JSON of ours", null);
        }

        return (kind, fault, hash is { } digest ? new AuditLink(number, digest) : null);
    }
}
