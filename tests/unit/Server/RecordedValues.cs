using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Server;

/// <summary>
/// The named values of a recorded scenario, made anew: cookies and tokens that the server hands out are taken from its answers, cookies
/// with a text are signed again with shifted times, and changed tokens are changed in the same bytes.
/// </summary>
internal sealed partial class RecordedValues
{
    private readonly Dictionary<string, JsonElement> _recorded;
    private readonly Dictionary<string, string> _actual = new(StringComparer.Ordinal);
    private readonly byte[]? _secret;
    private readonly Func<string, Task<string>> _cookieOf;

    internal RecordedValues(string folder, Func<string, Task<string>> cookieOf)
    {
        string values = Path.Combine(folder, "values.json");
        _recorded = File.Exists(values) ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(values))! : [];
        string secret = Path.Combine(folder, "conf", "secret");
        _secret = File.Exists(secret) ? File.ReadAllBytes(secret) : null;
        _cookieOf = cookieOf;
    }

    /// <summary>Keeps a value that an answer brought.</summary>
    internal void Learn(string name, string value) => _actual[name] = value;

    /// <summary>Names of the values that the answer of an exchange brings.</summary>
    internal IEnumerable<string> IssuedBy(string exchange) =>
        from each in _recorded
        where each.Value.TryGetProperty("how", out JsonElement how) && how.GetString() == $"issued by exchange {exchange}"
        select each.Key;

    /// <summary>Whether the value is one that an answer brings.</summary>
    internal bool IsKnown(string name) => _actual.ContainsKey(name);

    internal async Task<string> FillAsync(string text)
    {
        foreach (Match match in Placeholder().Matches(text))
        {
            string name = match.Groups[1].Value;
            if (await FindAsync(name) is { } value)
            {
                text = text.Replace(match.Value, value, StringComparison.Ordinal);
            }
            else if (Repeat().Match(name) is { Success: true } repeat)
            {
                text = text.Replace(match.Value, new string(repeat.Groups[1].Value[0], int.Parse(repeat.Groups[2].Value, CultureInfo.InvariantCulture)), StringComparison.Ordinal);
            }
        }

        return text;
    }

    private async Task<string?> FindAsync(string name)
    {
        if (_actual.TryGetValue(name, out string? known))
        {
            return known;
        }

        if (!_recorded.TryGetValue(name, out JsonElement recorded))
        {
            return null;
        }

        string how = recorded.TryGetProperty("how", out JsonElement told) ? told.GetString() ?? "" : "";
        string value = recorded.GetProperty("value").GetString()!;
        string made = CookieOwner().Match(how) is { Success: true } owner ? await _cookieOf(owner.Groups[1].Value)
            : recorded.TryGetProperty("signed", out JsonElement signed) && how.Contains("HMAC-SHA256", StringComparison.Ordinal) ? Sign(Shift(signed.GetString()!, recorded.GetProperty("offset").GetInt64()))
            : recorded.TryGetProperty("signed", out signed) && name.StartsWith("f-", StringComparison.Ordinal) ? Sign(Shift(signed.GetString()!, 36_000_000))
            : recorded.TryGetProperty("signed", out signed) && _secret is not null && Sign(signed.GetString()!) == value ? Sign(Prolong(signed.GetString()!))
            : how.Contains("signed once more", StringComparison.Ordinal) ? Sign(_actual["alice"])
            : TokenSource().Match(name + " " + how) is { Success: true } source && _actual.TryGetValue(SourceOf(source), out string? original) ? Change(_recorded[SourceOf(source)].GetProperty("value").GetString()!, value, original)
            : name.StartsWith("x-", StringComparison.Ordinal) && _actual.TryGetValue("t", out original) ? Change(_recorded["t"].GetProperty("value").GetString()!, value, original)
            : how.Contains("percent-encoded", StringComparison.Ordinal) ? Uri.EscapeDataString(_actual["alice"])
            : value;
        _actual[name] = made;
        return made;
    }

    private static string SourceOf(Match match) => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;

    private string Sign(string text)
    {
        using SecretBytes secret = SecretBytes.CopyOf(_secret);
        return SignedCookie.Sign(text, secret);
    }

    // A cookie that was good when it was recorded shall be good today.
    private static string Prolong(string text) => Milliseconds().Replace(text, (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 36_000_000).ToString(CultureInfo.InvariantCulture));

    // Times are given against the moment of the recording, which the valid cookie's end tells.
    private string Shift(string text, long offset)
    {
        long recordedNow = long.Parse(Milliseconds().Match(_recorded["bob"].GetProperty("signed").GetString()!).Value, CultureInfo.InvariantCulture) - 36_000_000;
        long shift = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - recordedNow;
        _ = offset;
        return Milliseconds().Replace(text, match => (long.Parse(match.Value, CultureInfo.InvariantCulture) + shift).ToString(CultureInfo.InvariantCulture));
    }

    // What stands before and after the changed bytes is the same in both tokens. Bytes changed in place are changed by the same bits: a
    // recorded byte may by chance be the one that stands there already.
    private static string Change(string before, string after, string original)
    {
        if (!TryBytes(before, out byte[] from) || !TryBytes(after, out byte[] to) || !TryBytes(original, out byte[] token) || to.Length < 8)
        {
            return after;
        }

        TokenIdentifier then = DelegationToken.Decode(before).Identifier;
        TokenIdentifier now = DelegationToken.Decode(original).Identifier;
        foreach (byte[] bytes in (byte[][])[from, to])
        {
            Redate(bytes, then.IssueDate, now.IssueDate);
            Redate(bytes, then.MaxDate, now.MaxDate);
        }

        int prefix = from.AsSpan().CommonPrefixLength(to);
        int suffix = 0;
        while (suffix < Math.Min(from.Length, to.Length) - prefix && from[^(suffix + 1)] == to[^(suffix + 1)])
        {
            suffix++;
        }

        byte[] middle = to[prefix..^suffix];
        for (int at = 0; from.Length == to.Length && token.Length == from.Length && at < middle.Length; at++)
        {
            middle[at] ^= (byte)(from[prefix + at] ^ token[prefix + at]);
        }

        byte[] changed = [.. token.AsSpan(0, Math.Min(prefix, token.Length)), .. middle, .. token.AsSpan(token.Length - suffix)];
        string text = Convert.ToBase64String(changed);
        return after.AsSpan().ContainsAny('+', '/', '=') ? text : text.TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    // Where a change moved the bytes behind it the dates are among what is taken from the recording: they would end the token with the
    // recorded one. A variable-length number of Hadoop's: 0x8A, and the milliseconds in six bytes until the year 10889.
    private static void Redate(Span<byte> token, long recorded, long actual)
    {
        int at = token.IndexOf(Number(recorded));
        if (at >= 0)
        {
            Number(actual).CopyTo(token[at..]);
        }
    }

    private static byte[] Number(long milliseconds)
    {
        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, milliseconds);
        number[1] = 0x8A;
        return number[1..];
    }

    private static bool TryBytes(string text, out byte[] bytes)
    {
        string standard = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        bytes = new byte[standard.Length];
        bool good = Convert.TryFromBase64String(standard.PadRight((standard.Length + 3) / 4 * 4, '='), bytes, out int length);
        bytes = bytes[..length];
        return good;
    }

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^(.) x (\d+)$")]
    private static partial Regex Repeat();

    [GeneratedRegex(@"^(?:a )?cookie of (\S+)")]
    private static partial Regex CookieOwner();

    [GeneratedRegex(@"^(t\d)-|token (t\w*)")]
    private static partial Regex TokenSource();

    [GeneratedRegex(@"(?<!\d)\d{13}(?!\d)")]
    private static partial Regex Milliseconds();
}
