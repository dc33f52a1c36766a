using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace KmsPS.Engine.Audit;

/// <summary>
/// Our own log: one JSON object a line, with everything that is known of an event, numbered and chained. <see cref="AuditChain"/>
/// checks it; <c>docs/audit.md</c> describes it.
/// </summary>
/// <remarks>
/// The first line of a file and the first after a restart say <c>"event":"opened"</c> and name the link they follow; the last line
/// of a file that was ended in order says <c>"event":"closed"</c>.
/// </remarks>
public sealed class JsonAuditFormat : IAuditFormat, IDisposable
{
    // Every script stays legible; control characters, line separators, direction marks and what means something to HTML is escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(Legible()) };

    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json;
    private AuditLink _committed;
    private AuditLink _last;
    private byte[] _head = [];

    /// <summary>A chain that begins, or goes on where its file ends.</summary>
    public JsonAuditFormat() => _json = new Utf8JsonWriter(_line, Options);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Head => _head;

    /// <inheritdoc/>
    public void Open(AuditFileState file, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(output);
        string? fault = null;
        _last = _committed;
        if (file.Previous is null)
        {
            (_last, fault) = Resume(file);
        }

        AuditLink before = _last;
        Begin(file.At);
        _json.WriteString("event"u8, "opened"u8);
        if (before.Number > 0)
        {
            _json.WriteNumber("previousNumber"u8, before.Number);
            _json.WriteString("previousChain"u8, before.Hash.ToString());
        }

        WriteText("previousFile"u8, file.Previous);
        WriteText("torn"u8, file.Torn.IsEmpty ? null : Encoding.UTF8.GetString(file.Torn.Span[..Math.Min(file.Torn.Length, 2048)]));
        WriteText("fault"u8, fault);
        End(output);
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<AuditEvent> events, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(output);
        _last = _committed;
        foreach (AuditEvent entry in events)
        {
            if (entry.InOwnLog)
            {
                Begin(entry.At);
                WriteEvent(entry);
                End(output);
            }
        }
    }

    /// <inheritdoc/>
    public void Close(DateTimeOffset at, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _last = _committed;
        Begin(at);
        _json.WriteString("event"u8, "closed"u8);
        End(output);
    }

    /// <inheritdoc/>
    public void Commit()
    {
        if (_last != _committed)
        {
            _committed = _last;
            _head = _committed.ToHead();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private static TextEncoderSettings Legible()
    {
        TextEncoderSettings settings = new(UnicodeRanges.All);
        settings.ForbidCharacters('\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069', '\uFEFF');
        return settings;
    }

    private static (AuditLink Last, string? Fault) Resume(AuditFileState file)
    {
        AuditLink? head = AuditLink.FromHead(file.Head.Span);
        AuditLink? last = AuditLink.FromLine(file.LastLine.Span);
        if (last is { } found)
        {
            return head is { } known && known.Number > found.Number
                ? (found, $"the head file knows line {known.Number}, but the file ended with line {found.Number}")
                : (found, null);
        }

        if (!file.LastLine.IsEmpty)
        {
            return (head ?? AuditLink.Start, "the line before this one is not a line of this log");
        }

        return head is { Number: > 0 } lost ? (lost, $"the head file knows line {lost.Number}, but the file was empty or gone") : (AuditLink.Start, null);
    }

    private void Begin(DateTimeOffset at)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("n"u8, _last.Number + 1);
        _json.WriteString("at"u8, at.UtcDateTime);
    }

    private void End(IBufferWriter<byte> output)
    {
        _json.WriteEndObject();
        _json.Flush();
        ReadOnlySpan<byte> line = _line.WrittenSpan[..^1];
        _last = _last.Next(line);
        output.Write(line);
        output.Write(AuditLink.Mark);
        Encoding.ASCII.GetBytes(_last.Hash.ToString(), output);
        output.Write(AuditLink.End);
        output.Write("\n"u8);
    }

    private void WriteEvent(AuditEvent entry)
    {
        _json.WriteString("outcome"u8, entry.Outcome switch
        {
            AuditOutcome.Ok => "OK",
            AuditOutcome.Unauthorized => "UNAUTHORIZED",
            AuditOutcome.WouldBeUnauthorized => "WOULD_BE_UNAUTHORIZED",
            AuditOutcome.Unauthenticated => "UNAUTHENTICATED",
            _ => "ERROR",
        });
        WriteText("operation"u8, entry.Operation);
        WriteText("key"u8, entry.Key);
        WriteText("version"u8, entry.Version);
        WriteText("user"u8, entry.User);
        WriteText("realUser"u8, entry.RealUser);
        WriteText("authentication"u8, entry.Authentication?.ToString());
        WriteText("address"u8, entry.Address);
        WriteText("method"u8, entry.Method);
        WriteText("url"u8, entry.Url);
        WriteText("extra"u8, entry.Extra.Length == 0 ? null : entry.Extra);
        WriteText("message"u8, entry.Message);
        WriteText("reason"u8, entry.Reason);
        WriteText("rule"u8, entry.Rule);
        if (entry.Count is { } count)
        {
            _json.WriteNumber("keys"u8, count);
        }

        WriteShares(entry);
        if (entry.Duration is { } duration)
        {
            _json.WriteNumber("durationMicroseconds"u8, (long)duration.TotalMicroseconds);
        }

        WriteText("trace"u8, entry.TraceId);
    }

    private void WriteShares(AuditEvent entry)
    {
        if (entry.Shares is not { } shares)
        {
            return;
        }

        _json.WriteNumber("accesses"u8, shares.Sum(static share => share.Accesses));
        _json.WriteNumber("intervalMilliseconds"u8, entry.IntervalMilliseconds ?? 0);
        _json.WriteStartArray("from"u8);
        foreach (AccessShare share in shares)
        {
            _json.WriteStartObject();
            WriteText("realUser"u8, share.RealUser);
            WriteText("address"u8, share.Address);
            WriteText("method"u8, share.Method);
            WriteText("version"u8, share.Version);
            _json.WriteNumber("accesses"u8, share.Accesses);
            _json.WriteNumber("keys"u8, share.Keys);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteText(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }
}
