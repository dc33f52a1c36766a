using System.IO.Enumeration;

namespace KmsPS.Server.Admin;

/// <summary>A pattern of object names: <c>domain:key=value,*</c>, with <c>*</c> and <c>?</c> in the domain and in values.</summary>
/// <remarks>SOURCE: javax.management.ObjectName.</remarks>
internal sealed class ObjectNamePattern
{
    private readonly string _domain;
    private readonly Dictionary<string, string> _keys;
    private readonly bool _isOpen;

    private ObjectNamePattern(string domain, Dictionary<string, string> keys, bool isOpen)
    {
        _domain = domain;
        _keys = keys;
        _isOpen = isOpen;
    }

    /// <summary>Reads a pattern; <see langword="null"/> for what is no object name.</summary>
    public static ObjectNamePattern? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        Dictionary<string, string> keys = new(StringComparer.Ordinal);
        bool isOpen = false;
        foreach (string part in text[(colon + 1)..].Split(','))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (part == "*" && !isOpen)
            {
                isOpen = true;
            }
            else if (equals <= 0 || !keys.TryAdd(part[..equals], part[(equals + 1)..]))
            {
                return null;
            }
        }

        return new ObjectNamePattern(text[..colon], keys, isOpen);
    }

    /// <summary>Whether a name fits.</summary>
    public bool Matches(string name) => Parse(name) is { } other
        && Fits(_domain, other._domain)
        && (_isOpen || _keys.Count == other._keys.Count)
        && _keys.All(key => other._keys.TryGetValue(key.Key, out string? value) && Fits(key.Value, value));

    private static bool Fits(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: false);
}
