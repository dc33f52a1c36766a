using System.Buffers;
using System.Globalization;
using System.Text;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Audit;

/// <summary>
/// Hadoop's text line. Names look as they do in Hadoop's log, except that control characters, line separators, direction marks and
/// the backslash are escaped, so that no name can forge a line.
/// </summary>
/// <remarks>SOURCE: Hadoop SimpleKMSAuditLogger; the time stamp is log4j's ISO8601 in local time.</remarks>
public sealed class HadoopAuditFormat(TimeZoneInfo zone) : IAuditFormat
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Head => ReadOnlyMemory<byte>.Empty;

    /// <inheritdoc/>
    public void Open(AuditFileState file, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(output);
        if (!file.Torn.IsEmpty)
        {
            output.Write(file.Torn.Span);
            output.Write("\n"u8);
        }
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<AuditEvent> events, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(output);
        foreach (AuditEvent entry in events)
        {
            if (entry.HadoopLines == 0)
            {
                continue;
            }

            string line = string.Create(CultureInfo.InvariantCulture, $"{TimeZoneInfo.ConvertTime(entry.At, zone):yyyy-MM-dd HH:mm:ss,fff} {Message(entry)}\n");
            for (int i = 0; i < entry.HadoopLines; i++)
            {
                Encoding.UTF8.GetBytes(line, output);
            }
        }
    }

    /// <inheritdoc/>
    public void Close(DateTimeOffset at, IBufferWriter<byte> output)
    {
    }

    /// <inheritdoc/>
    public void Commit()
    {
    }

    /// <summary>The line without its time stamp.</summary>
    public static string Message(AuditEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Outcome switch
        {
            AuditOutcome.Ok when entry.AccessCount is { } count =>
                string.Create(CultureInfo.InvariantCulture, $"OK[{Facts(entry)}, accessCount={count}, interval={entry.IntervalMilliseconds ?? 0}ms] {Printable.Escape(entry.Extra)}"),
            AuditOutcome.Ok => $"OK[{Facts(entry)}] {Printable.Escape(entry.Extra)}",
            AuditOutcome.Unauthorized or AuditOutcome.WouldBeUnauthorized => $"UNAUTHORIZED[{Facts(entry)}] {Printable.Escape(entry.Extra)}",
            AuditOutcome.Unauthenticated =>
                $"UNAUTHENTICATED RemoteHost:{Plain(entry.Address)} Method:{Plain(entry.Method)} URL:{Plain(entry.Url)} ErrorMsg:'{Plain(entry.Message)}'",
            _ when string.IsNullOrEmpty(entry.User) => $"ERROR Method:'{Plain(entry.Method)}' Exception:'{FirstLine(entry.Message)}'",
            _ => $"ERROR[user={Plain(entry.User)}] Method:'{Plain(entry.Method)}' Exception:'{FirstLine(entry.Message)}'",
        };
    }

    private static string Facts(AuditEvent entry)
    {
        StringBuilder facts = new();
        Append(facts, "op=", entry.Operation);
        Append(facts, "key=", entry.Key);
        Append(facts, "user=", entry.User);
        return facts.ToString();
    }

    private static void Append(StringBuilder facts, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (facts.Length > 0)
        {
            facts.Append(", ");
        }

        facts.Append(name).Append(Printable.Escape(value));
    }

    private static string FirstLine(string? message) =>
        Plain(message is not null && message.IndexOf('\n', StringComparison.Ordinal) is >= 0 and int end ? message[..end] : message);

    private static string Plain(string? text) => text is null ? "null" : Printable.Escape(text);
}
