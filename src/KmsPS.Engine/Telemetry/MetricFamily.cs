namespace KmsPS.Engine.Telemetry;

/// <summary>What a family of measurements is.</summary>
public enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts by size.</summary>
    Histogram,
}

/// <summary>One measurement of a family at one instant.</summary>
/// <param name="Tags">Its labels, values from closed lists alone: never a key's or user's name.</param>
/// <param name="Value">A counter's or gauge's value; a histogram's sum.</param>
/// <param name="Buckets">A histogram's counts, one for each bound and one for what is larger.</param>
public readonly record struct MetricPoint(IReadOnlyList<KeyValuePair<string, object?>> Tags, double Value, IReadOnlyList<long>? Buckets = null);

/// <summary>Measurements of one name.</summary>
/// <param name="name">OpenTelemetry's way: <c>kms.server.operation.duration</c>.</param>
/// <param name="kind">What it is.</param>
/// <param name="unit">UCUM: <c>s</c>, <c>{operation}</c>.</param>
/// <param name="description">One sentence.</param>
public abstract class MetricFamily(string name, MetricKind kind, string unit, string description)
{
    /// <summary>OpenTelemetry's name.</summary>
    public string Name { get; } = name;

    /// <summary>What it is.</summary>
    public MetricKind Kind { get; } = kind;

    /// <summary>UCUM unit.</summary>
    public string Unit { get; } = unit;

    /// <summary>One sentence.</summary>
    public string Description { get; } = description;

    /// <summary>Upper bounds of a histogram's buckets.</summary>
    public virtual IReadOnlyList<double> Bounds => [];

    /// <summary>The measurements so far; those never made are left out.</summary>
    public abstract IEnumerable<MetricPoint> Read();

    /// <summary>All combinations of the tags' values.</summary>
    private protected static KeyValuePair<string, object?>[][] Combine(IReadOnlyList<(string Name, string[] Values)> tags)
    {
        IEnumerable<KeyValuePair<string, object?>[]> all = [[]];
        foreach ((string name, string[] values) in tags)
        {
            all = all.SelectMany(_ => values, (before, value) => (KeyValuePair<string, object?>[])[.. before, new(name, value)]);
        }

        return [.. all];
    }
}
