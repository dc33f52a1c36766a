using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>One rule of <see cref="AuthToLocal"/>. SOURCE: Hadoop KerberosName.Rule.</summary>
internal sealed class NameRule
{
    // Rules are an administrator's, names are anybody's: a pattern that backtracks must not hold a processor.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private readonly string _text;
    private readonly string? _defaultRealm;
    private readonly bool _isDefault;
    private readonly int _parts;
    private readonly string _format;
    private readonly Regex? _match;
    private readonly Regex? _from;
    private readonly string _to;
    private readonly bool _isGlobal;
    private readonly bool _isLower;

    private NameRule(Match shape, string? defaultRealm)
    {
        _text = shape.Value.Trim();
        _defaultRealm = defaultRealm;
        _isDefault = shape.Groups["default"].Success;
        _format = shape.Groups["format"].Value;
        _to = shape.Groups["to"].Value;
        _isGlobal = shape.Groups["all"].Success;
        _isLower = shape.Groups["lower"].Success && !_isDefault;
        if (_isDefault)
        {
            return;
        }

        if (!int.TryParse(shape.Groups["parts"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _parts))
        {
            throw new ConfigurationException($"Invalid rule: {_text}", remedy: "Name the number of components, as in RULE:[1:$1].");
        }

        _match = shape.Groups["match"].Success ? Compile($@"\A(?:{shape.Groups["match"].Value})\z", _text) : null;
        _from = shape.Groups["sub"].Success ? Compile(shape.Groups["from"].Value, _text) : null;
    }

    /// <summary>The rule as it was written.</summary>
    internal string Text => _text;

    internal static NameRule Of(Match shape, string? defaultRealm) => new(shape, defaultRealm);

    /// <summary>The short name, or <see langword="null"/> where the rule does not apply.</summary>
    internal string? Apply(string?[] parts, bool requireSimple)
    {
        string? result = _isDefault ? (_defaultRealm is not null && _defaultRealm == parts[0] ? parts[1] : null) : Rewrite(parts);
        if (result is null)
        {
            return null;
        }

        return requireSimple && result.AsSpan().ContainsAny('/', '@')
            ? throw NameRuleException.NoMatch($"Non-simple name {result} after auth_to_local rule {_text}")
            : _isLower ? result.ToLowerInvariant() : result;
    }

    /// <summary>Why the rule does not apply to a name that <see cref="Apply"/> returned nothing for.</summary>
    internal string WhyNot(string?[] parts) =>
        _isDefault ? (_defaultRealm is null ? "there is no default realm on this machine" : $"the realm is not {_defaultRealm}, the default one of this machine")
        : parts.Length - 1 != _parts ? string.Create(CultureInfo.InvariantCulture, $"it is for names of {_parts} components, and this one has {parts.Length - 1}")
        : $"'{Fill(parts)}' does not match its pattern";

    private string? Rewrite(string?[] parts)
    {
        if (parts.Length - 1 != _parts)
        {
            return null;
        }

        string text = Fill(parts);
        try
        {
            return _match is not null && !_match.IsMatch(text) ? null
                : _from is null ? text
                : _from.Replace(text, Replacement, _isGlobal ? -1 : 1);
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new NameRuleException("java.lang.IllegalArgumentException", $"auth_to_local rule {_text} takes too long for this name", slow);
        }
    }

    // $0 is the realm, $1 and $2 the components; a dollar without digits is dropped, as Java's pattern for it does.
    private string Fill(string?[] parts)
    {
        StringBuilder result = new();
        for (int i = 0; i < _format.Length;)
        {
            if (_format[i] != '$')
            {
                result.Append(_format[i++]);
                continue;
            }

            int end = i + 1;
            while (end < _format.Length && char.IsAsciiDigit(_format[end]))
            {
                end++;
            }

            string digits = _format[(i + 1)..end];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                throw NameRuleException.BadFormat($"bad format in username mapping in {digits}");
            }

            result.Append(index < parts.Length ? parts[index] ?? "null" : throw NameRuleException.BadFormat($"index {index} from {_format} is outside of the valid range 0 to {parts.Length - 1}"));
            i = end;
        }

        return result.ToString();
    }

    // Java's notation of a replacement: $n is a group, a backslash takes the next character as it is.
    private string Replacement(Match match)
    {
        StringBuilder result = new();
        for (int i = 0; i < _to.Length; i++)
        {
            if (_to[i] == '\\' && i + 1 < _to.Length)
            {
                result.Append(_to[++i]);
            }
            else if (_to[i] == '$' && i + 1 < _to.Length && char.IsAsciiDigit(_to[i + 1]))
            {
                int group = _to[++i] - '0';
                while (i + 1 < _to.Length && char.IsAsciiDigit(_to[i + 1]) && (group * 10) + _to[i + 1] - '0' < match.Groups.Count)
                {
                    group = (group * 10) + _to[++i] - '0';
                }

                result.Append(group < match.Groups.Count ? match.Groups[group].Value : throw new NameRuleException("java.lang.IndexOutOfBoundsException", $"No group {group}"));
            }
            else
            {
                result.Append(_to[i]);
            }
        }

        return result.ToString();
    }

    private static Regex Compile(string pattern, string rule)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Deadline);
        }
        catch (ArgumentException bad)
        {
            throw new ConfigurationException($"Invalid rule: {rule}: {bad.Message}", remedy: "Correct the regular expression.", inner: bad);
        }
    }
}
