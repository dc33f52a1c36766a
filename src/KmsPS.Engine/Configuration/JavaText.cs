using System.Globalization;

namespace KmsPS.Engine.Configuration;

/// <summary>Java's reading of texts, where it differs from .NET's.</summary>
public static class JavaText
{
    /// <summary><c>String.trim</c>: drops every character up to U+0020 at both ends, and nothing else.</summary>
    public static string Trim(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] <= ' ')
        {
            start++;
        }

        while (end > start && text[end - 1] <= ' ')
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>A comma list, each part trimmed, empty ones dropped. SOURCE: Hadoop StringUtils.getTrimmedStrings.</summary>
    public static IReadOnlyList<string> List(string? text) =>
        text is null ? [] : [.. text.Split([',', '\n']).Select(Trim).Where(static part => part.Length > 0)];

    /// <summary>An integer as <c>Configuration.getLong</c> reads it: decimal, or hexadecimal after <c>0x</c>, with a sign.</summary>
    public static bool TryLong(string text, out long value)
    {
        string trimmed = Trim(text);
        bool negative = trimmed.StartsWith('-');
        ReadOnlySpan<char> digits = negative ? trimmed.AsSpan(1) : trimmed;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            bool read = long.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0;
            value = negative ? -value : value;
            return read;
        }

        return long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A float as <c>Float.parseFloat</c> reads it: a trailing <c>f</c> or <c>d</c> is part of the notation.</summary>
    public static bool TryFloat(string text, out float value)
    {
        string trimmed = Trim(text);
        if (trimmed.Length > 1 && trimmed[^1] is 'f' or 'F' or 'd' or 'D' && (char.IsAsciiDigit(trimmed[^2]) || trimmed[^2] == '.'))
        {
            trimmed = trimmed[..^1];
        }

        return float.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// A duration as <c>Configuration.getTimeDuration</c> reads it: an integer with <c>ns</c>, <c>us</c>, <c>ms</c>, <c>s</c>,
    /// <c>m</c>, <c>h</c> or <c>d</c>, else in <paramref name="unit"/>.
    /// </summary>
    public static bool TryTime(string text, TimeSpan unit, out TimeSpan value)
    {
        string trimmed = Trim(text).ToLowerInvariant();
        (string Suffix, double Ticks)[] units =
        [
            ("ns", 0.01), ("us", 10), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
            ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
        ];
        (string suffix, double ticks) = units.FirstOrDefault(each => trimmed.EndsWith(each.Suffix, StringComparison.Ordinal), ("", unit.Ticks));
        value = default;
        if (!TryLong(trimmed[..^suffix.Length], out long count) || Math.Abs(count * ticks) >= TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)(count * ticks));
        return true;
    }
}
