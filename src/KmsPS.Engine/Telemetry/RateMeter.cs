namespace KmsPS.Engine.Telemetry;

/// <summary>Counts events and says how often they came: over all, and over the last 1, 5 and 15 minutes with older ones weighing less.</summary>
/// <remarks>SOURCE: Dropwizard Metrics' Meter and EWMA: rates are brought up to date every five seconds, as for a Unix load average.</remarks>
public sealed class RateMeter
{
    private static readonly long TickLength = TimeSpan.FromSeconds(5).Ticks;
    private static readonly double[] Weights = [.. new[] { 1, 5, 15 }.Select(static minutes => 1 - Math.Exp(-5.0 / 60 / minutes))];

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Lock _lock = new();
    private readonly double[] _rates = new double[3];
    private long _count;
    private long _counted;
    private long _ticks;
    private long _nextTick;

    /// <param name="time">The clock.</param>
    public RateMeter(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _started = time.GetTimestamp();
        _nextTick = TickAfter(0);
    }

    /// <summary>Number of events.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Events a second, since the beginning.</summary>
    public double MeanRate => Count == 0 ? 0 : Count / Math.Max(_time.GetElapsedTime(_started).TotalSeconds, 1e-9);

    /// <summary>Events a second, over the last minute.</summary>
    public double OneMinuteRate => Rate(0);

    /// <summary>Events a second, over the last five minutes.</summary>
    public double FiveMinuteRate => Rate(1);

    /// <summary>Events a second, over the last quarter of an hour.</summary>
    public double FifteenMinuteRate => Rate(2);

    /// <summary>Counts an event.</summary>
    public void Mark() => Mark(_time.GetTimestamp());

    /// <summary>Counts an event that came at <paramref name="now"/>, a time stamp of this meter's clock that the caller has read already.</summary>
    public void Mark(long now)
    {
        if (now >= Volatile.Read(ref _nextTick))
        {
            Tick();
        }

        Interlocked.Increment(ref _count);
    }

    private double Rate(int which)
    {
        Tick();
        lock (_lock)
        {
            return _rates[which];
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            long now = _time.GetElapsedTime(_started).Ticks / TickLength;
            long passed = now - _ticks;
            if (passed <= 0)
            {
                return;
            }

            long count = Interlocked.Read(ref _count);
            double recent = (count - _counted) / 5.0;
            for (int i = 0; i < _rates.Length; i++)
            {
                _rates[i] = _ticks == 0 ? recent : _rates[i] + (Weights[i] * (recent - _rates[i]));
                _rates[i] *= Math.Pow(1 - Weights[i], passed - 1);
            }

            _counted = count;
            _ticks = now;
            Volatile.Write(ref _nextTick, TickAfter(now));
        }
    }

    private long TickAfter(long tick) => _started + ((tick + 1) * TickLength / TimeSpan.TicksPerSecond * _time.TimestampFrequency);
}
