using System.Diagnostics.Metrics;

namespace KmsPS.Engine.Telemetry;

/// <summary>Durations, counted by size for each combination of closed lists of tag values. Recording allocates nothing.</summary>
public sealed class DurationFamily : MetricFamily
{
    // From a cached decryption to a store that hangs: 10 µs to 10 s.
    private static readonly double[] Seconds = [10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly KeyValuePair<string, object?>[][] _tags;
    private readonly long[] _counts;
    private readonly long[] _ticks;
    private readonly Histogram<double> _histogram;

    internal DurationFamily(Meter meter, string name, string description, params IReadOnlyList<(string Name, string[] Values)> tags)
        : base(name, MetricKind.Histogram, "s", description)
    {
        _tags = Combine(tags);
        _counts = new long[_tags.Length * (Seconds.Length + 1)];
        _ticks = new long[_tags.Length];
        _histogram = meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Bounds => Seconds;

    /// <summary>Records a duration.</summary>
    internal void Record(int index, TimeSpan duration)
    {
        double seconds = duration.TotalSeconds;
        int bucket = 0;
        while (bucket < Seconds.Length && seconds > Seconds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[(index * (Seconds.Length + 1)) + bucket]);
        Interlocked.Add(ref _ticks[index], duration.Ticks);
        if (_histogram.Enabled)
        {
            _histogram.Record(seconds, _tags[index]);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<MetricPoint> Read()
    {
        for (int i = 0; i < _tags.Length; i++)
        {
            long[] buckets = _counts.AsSpan(i * (Seconds.Length + 1), Seconds.Length + 1).ToArray();
            if (buckets.Any(static count => count > 0))
            {
                yield return new MetricPoint(_tags[i], TimeSpan.FromTicks(Interlocked.Read(ref _ticks[i])).TotalSeconds, buckets);
            }
        }
    }
}
