using System.Globalization;
using System.IO.Enumeration;

namespace KmsPS.Engine.Keys;

/// <summary>How old the current version of keys may become.</summary>
/// <param name="Pattern">Names of keys; <c>*</c> stands for any text and <c>?</c> for one character.</param>
/// <param name="MaxAge">The age; <see langword="null"/> for keys that are never rolled by themselves.</param>
public sealed record RolloverRule(string Pattern, TimeSpan? MaxAge)
{
    /// <summary>As it stands in the configuration.</summary>
    public override string ToString() => $"{Pattern} {(MaxAge is { } age ? RolloverPolicy.Text(age) : RolloverPolicy.Never)}";
}

/// <summary>
/// Crypto-periods: the first rule whose pattern matches a key's name tells how old its current version may become. A key's own attribute
/// may shorten that, never lengthen it: whoever makes a key does not overrule who runs the server.
/// </summary>
/// <param name="rules">The rules, in their order.</param>
public sealed class RolloverPolicy(IReadOnlyList<RolloverRule> rules)
{
    /// <summary>The attribute of a key that shortens its period, such as <c>30d</c>.</summary>
    public const string Attribute = "kmsps.rollover.max.age";

    /// <summary>The word for keys that are never rolled by themselves.</summary>
    internal const string Never = "never";

    /// <summary>No rule: nothing is rolled by itself.</summary>
    public static RolloverPolicy None { get; } = new([]);

    /// <summary>The rules, in their order.</summary>
    public IReadOnlyList<RolloverRule> Rules { get; } = rules;

    /// <summary>How old the key's current version may become, and the rule that says so; <see langword="null"/> where none does.</summary>
    public (TimeSpan MaxAge, string Rule)? For(KeyMetadata key)
    {
        ArgumentNullException.ThrowIfNull(key);
        RolloverRule? rule = Rules.FirstOrDefault(each => FileSystemName.MatchesSimpleExpression(Escaped(each.Pattern), key.Name.Value, ignoreCase: false));
        return rule?.MaxAge is not { } age ? null
            : key.Attributes.TryGetValue(Attribute, out string? text) && ParseAge(text) is { } own && own < age ? (own, $"{Attribute} {Text(own)}")
            : (age, rule.ToString());
    }

    /// <summary>Reads rules: one a line or between semicolons, a pattern, a blank and an age or <c>never</c>.</summary>
    /// <returns>The policy, or what is wrong with which line.</returns>
    public static (RolloverPolicy? Policy, string? Problem) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<RolloverRule> rules = [];
        foreach (string line in text.Split(['\n', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int blank = line.LastIndexOfAny([' ', '\t']);
            string word = blank < 0 ? "" : line[(blank + 1)..];
            TimeSpan? age = word == Never ? null : ParseAge(word);
            if (blank < 0 || (age is null && word != Never))
            {
                return (null, $"'{Printable.Text(line)}' is no rule");
            }

            rules.Add(new RolloverRule(line[..blank].TrimEnd(), age));
        }

        return (new RolloverPolicy(rules), null);
    }

    /// <summary>Reads an age such as <c>90d</c>, <c>12h</c>, <c>30m</c> or <c>45s</c>; <see langword="null"/> for anything else, and for none.</summary>
    public static TimeSpan? ParseAge(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int? seconds = text.Length < 2 ? null : text[^1] switch { 'd' => 86_400, 'h' => 3_600, 'm' => 60, 's' => 1, _ => null };
        return seconds is { } each && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int amount) && amount is > 0 and <= 100_000
            ? TimeSpan.FromSeconds((long)amount * each)
            : null;
    }

    /// <summary>An age as <see cref="ParseAge"/> reads it.</summary>
    internal static string Text(TimeSpan age) => age switch
    {
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerDay == 0 => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0}d"),
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerHour == 0 => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerMinute == 0 => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0}s"),
    };

    // A backslash is a letter of a name here, and no escape.
    private static string Escaped(string pattern) => pattern.Replace("\\", "\\\\", StringComparison.Ordinal);
}
