using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Configuration;

/// <summary>Properties of several files, later ones over earlier ones, each with the place it comes from.</summary>
/// <remarks>SOURCE: Hadoop Configuration.loadProperty and its getters.</remarks>
public sealed class HadoopConfiguration
{
    private readonly Dictionary<string, HadoopProperty> _properties = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];
    private readonly VariableScope _scope;

    /// <param name="layers">Files in the order they are read.</param>
    /// <param name="scope">What <c>${…}</c> sees beside them.</param>
    /// <param name="overrides">What beats every file and their <c>final</c>, such as the environment.</param>
    public HadoopConfiguration(IEnumerable<IReadOnlyList<HadoopProperty>> layers, VariableScope scope, IEnumerable<HadoopProperty>? overrides = null)
    {
        _scope = scope;
        HashSet<string> closed = new(StringComparer.Ordinal);
        foreach (HadoopProperty property in layers.SelectMany(static layer => layer))
        {
            Take(property, closed);
        }

        foreach (HadoopProperty property in overrides ?? [])
        {
            _properties[property.Name] = property;
        }
    }

    /// <summary>No property at all.</summary>
    public static HadoopConfiguration Empty { get; } = new([], VariableScope.None);

    /// <summary>What deserves a line in the log: an ignored override of a final property, an odd boolean.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>Reads files of one folder that exist, in this order.</summary>
    /// <exception cref="ConfigurationException">One of them is broken.</exception>
    public static HadoopConfiguration Load(string? directory, IEnumerable<string> files, VariableScope scope, IEnumerable<HadoopProperty>? overrides = null) => new(
        directory is null ? [] : [.. files.Select(name => Path.Combine(directory, name)).Where(File.Exists).Select(static path => HadoopXml.Read(path))],
        scope,
        overrides);

    /// <summary>The same with properties that beat these.</summary>
    public HadoopConfiguration With(params HadoopProperty[] overrides) => new([[.. _properties.Values]], _scope, overrides);

    /// <summary>Where a property comes from, before substitution; <see langword="null"/> where it is not set.</summary>
    public HadoopProperty? Find(string name) => _properties.GetValueOrDefault(name);

    /// <summary>A value after substitution, not trimmed; <see langword="null"/> where it is not set.</summary>
    public string? Get(string name) => Find(name) is { } property ? Expand(property) : null;

    /// <summary>A trimmed value; <paramref name="fallback"/> where it is not set or blank.</summary>
    public string GetText(string name, string fallback) => Optional(name) ?? fallback;

    /// <summary>A trimmed value; <see langword="null"/> where it is not set or blank.</summary>
    public string? Optional(string name) => Get(name) is { } text && JavaText.Trim(text) is { Length: > 0 } trimmed ? trimmed : null;

    /// <summary><c>true</c> or <c>false</c> in any case; anything else gives the default, as in Hadoop, and a warning.</summary>
    public bool GetBool(string name, bool fallback)
    {
        if (Optional(name) is not { } text)
        {
            return fallback;
        }

        if (bool.TryParse(text, out bool value))
        {
            return value;
        }

        Warn($"{Find(name)!.Place}: {name} is '{text}', which is neither true nor false; {(fallback ? "true" : "false")} is used.");
        return fallback;
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public long GetLong(string name, long fallback, long min = long.MinValue, long max = long.MaxValue)
    {
        if (Get(name) is not { } text)
        {
            return fallback;
        }

        if (!JavaText.TryLong(text, out long value))
        {
            throw Bad(name, "is no whole number");
        }

        return value >= min && value <= max ? value : throw Bad(name, string.Create(CultureInfo.InvariantCulture, $"must lie between {min} and {max}"));
    }

    /// <summary>As <see cref="GetLong"/>, within 32 bits.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public int GetInt(string name, int fallback, int min = int.MinValue, int max = int.MaxValue) => (int)GetLong(name, fallback, min, max);

    /// <summary>A floating-point number.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public float GetFloat(string name, float fallback) =>
        Get(name) is not { } text ? fallback : JavaText.TryFloat(text, out float value) ? value : throw Bad(name, "is no number");

    /// <summary>A duration; a bare number counts in <paramref name="unit"/>.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public TimeSpan GetTime(string name, TimeSpan fallback, TimeSpan unit) =>
        Get(name) is not { } text ? fallback : JavaText.TryTime(text, unit, out TimeSpan value) ? value : throw Bad(name, "is no duration such as 500ms, 30s, 10m or 1d");

    /// <summary>A comma list, each part trimmed, empty ones dropped.</summary>
    public IReadOnlyList<string> GetList(string name) => JavaText.List(Get(name));

    /// <summary>The properties whose names begin so, in no order, each with its value after substitution.</summary>
    public IEnumerable<(HadoopProperty Property, string Value)> WithPrefix(string prefix) =>
        _properties.Values.Where(property => property.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(property => (property, Expand(property)));

    /// <summary>A refusal of one property's value, naming file and line.</summary>
    public ConfigurationException Bad(string name, string problem, string? remedy = null, Exception? inner = null)
    {
        HadoopProperty? property = Find(name);
        string value = IsSecret(name) ? "(hidden)" : Keys.Printable.Text(property is null ? "" : Expand(property));
        return new ConfigurationException(
            property is null ? $"{name} is not set, but {problem}" : $"{name} is '{value}', which {problem}",
            property?.File,
            property is { Line: > 0 } ? property.Line : null,
            property is { Line: > 0 } ? property.Column : null,
            remedy ?? $"Correct {name}, or remove it to use the default.",
            inner);
    }

    private static bool IsSecret(string name) =>
        name.Contains("password", StringComparison.OrdinalIgnoreCase) || name.EndsWith("keypassword", StringComparison.OrdinalIgnoreCase) || name.Contains("secret.value", StringComparison.OrdinalIgnoreCase);

    private void Take(HadoopProperty property, HashSet<string> closed)
    {
        if (closed.Contains(property.Name))
        {
            if (property.Value is not null && _properties.GetValueOrDefault(property.Name)?.Value != property.Value)
            {
                Warn($"{property.Place}: an attempt to override final parameter: {Keys.Printable.Text(property.Name)}; ignoring.");
            }

            return;
        }

        if (property.Value is not null)
        {
            _properties[property.Name] = property;
        }

        if (property.IsFinal)
        {
            closed.Add(property.Name);
        }
    }

    private string Expand(HadoopProperty property) => _scope.Expand(property, property.Value!, name => _properties.GetValueOrDefault(name)?.Value);

    private void Warn(string text)
    {
        lock (_warnings)
        {
            if (!_warnings.Contains(text))
            {
                _warnings.Add(text);
            }
        }
    }
}
