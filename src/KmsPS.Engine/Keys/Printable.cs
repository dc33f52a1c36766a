using System.Globalization;
using System.Text;

namespace KmsPS.Engine.Keys;

/// <summary>Escapes names for people and logs, so that no name can forge a line, a colour or a direction.</summary>
public static class Printable
{
    private const int Longest = 300;

    /// <summary>
    /// <paramref name="text"/> with control characters, line and paragraph separators, bidirectional marks and the backslash as
    /// <c>\uXXXX</c>, <c>\n</c>, <c>\r</c>, <c>\t</c> or <c>\\</c>; shortened past 300 characters.
    /// </summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= Longest && !text.AsSpan().ContainsAny(Suspicious))
        {
            return text;
        }

        StringBuilder escaped = new(Math.Min(text.Length, Longest) + 16);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            AppendEscaped(escaped, c);
        }

        return text.Length > Longest ? escaped.Append('…').ToString() : escaped.ToString();
    }

    /// <summary>The whole of <paramref name="text"/>, escaped as in <see cref="Text"/> and never shortened.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAny(Suspicious))
        {
            return text;
        }

        StringBuilder escaped = new(text.Length + 16);
        foreach (char c in text)
        {
            AppendEscaped(escaped, c);
        }

        return escaped.ToString();
    }

    private static void AppendEscaped(StringBuilder escaped, char c)
    {
        if (!Suspicious.Contains(c))
        {
            escaped.Append(c);
            return;
        }

        _ = c switch
        {
            '\n' => escaped.Append("\\n"),
            '\r' => escaped.Append("\\r"),
            '\t' => escaped.Append("\\t"),
            '\\' => escaped.Append("\\\\"),
            _ => escaped.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)),
        };
    }

    private static System.Buffers.SearchValues<char> Suspicious { get; } = System.Buffers.SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Select(static c => (char)c),
        .. Enumerable.Range(0x7F, 0x21).Select(static c => (char)c),
        '\\', '\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\uFEFF',
        .. Enumerable.Range(0x202A, 5).Select(static c => (char)c),
        .. Enumerable.Range(0x2066, 4).Select(static c => (char)c),
    ]);
}
