namespace KmsPS.Engine.Telemetry;

/// <summary>
/// A clock that may be some milliseconds late: for ends of validity and dates of answers, which requests ask for several times each.
/// It reads the wall clock once in a tick of the kernel's cheap counter, so a wall clock that is set is followed within that tick.
/// </summary>
/// <remarks>SOURCE: clock_gettime(2), CLOCK_MONOTONIC_COARSE: no reading of the processor's counter, which costs most in a virtual machine.</remarks>
public sealed class CoarseClock : TimeProvider
{
    private readonly TimeProvider _exact;
    private readonly Func<long> _tick;
    private long _knownTick;
    private long _knownUtc;

    internal CoarseClock(TimeProvider exact, Func<long> tick)
    {
        _exact = exact;
        _tick = tick;
        _knownTick = tick();
        _knownUtc = exact.GetUtcNow().UtcTicks;
    }

    /// <summary>Time stamps count milliseconds.</summary>
    public override long TimestampFrequency => 1000;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _exact.LocalTimeZone;

    /// <summary>The coarse form of the system's clock; any other, such as a test's, is taken as it is.</summary>
    public static TimeProvider Of(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return ReferenceEquals(time, System) ? new CoarseClock(time, static () => Environment.TickCount64) : time;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        // No lock: whoever reads between two writes of others gets a time that is a tick late at most.
        long tick = _tick();
        if (Volatile.Read(ref _knownTick) != tick)
        {
            Volatile.Write(ref _knownUtc, _exact.GetUtcNow().UtcTicks);
            Volatile.Write(ref _knownTick, tick);
        }

        return new DateTimeOffset(Volatile.Read(ref _knownUtc), TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => _tick();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _exact.CreateTimer(callback, state, dueTime, period);
}
