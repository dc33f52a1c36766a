using System.Diagnostics.Metrics;

namespace KmsPS.Engine.Telemetry;

/// <summary>Counters, one for each combination of closed lists of tag values. Counting is one addition and allocates nothing.</summary>
public sealed class CounterFamily : MetricFamily
{
    private readonly KeyValuePair<string, object?>[][] _tags;
    private readonly long[] _values;

    internal CounterFamily(Meter meter, string name, string unit, string description, params IReadOnlyList<(string Name, string[] Values)> tags)
        : base(name, MetricKind.Counter, unit, description)
    {
        _tags = Combine(tags);
        _values = new long[_tags.Length];
        meter.CreateObservableCounter(name, () => Read().Select(static point => new Measurement<long>((long)point.Value, point.Tags)), unit, description);
    }

    /// <summary>Counts.</summary>
    /// <param name="index">Place of the combination, the last tag's values next to one another.</param>
    /// <param name="by">How much.</param>
    internal void Add(int index, long by = 1) => Interlocked.Add(ref _values[index], by);

    /// <inheritdoc/>
    public override IEnumerable<MetricPoint> Read()
    {
        for (int i = 0; i < _values.Length; i++)
        {
            if (Interlocked.Read(ref _values[i]) is > 0 and long value)
            {
                yield return new MetricPoint(_tags[i], value);
            }
        }
    }
}
