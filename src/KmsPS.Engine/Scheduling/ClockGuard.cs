namespace KmsPS.Engine.Scheduling;

/// <summary>
/// Notices a clock that jumps: what the wall clock says has passed is compared with what the processor counted. After a jump nothing that
/// goes by dates is done until the clock has stood still for an hour, so that a slip of minutes neither rolls nor deletes a key.
/// </summary>
internal sealed class ClockGuard
{
    /// <summary>How long nothing is done after a jump.</summary>
    internal static readonly TimeSpan Calm = TimeSpan.FromHours(1);

    // More than a clock is corrected by in everyday life.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(2);

    private readonly TimeProvider _time;
    private DateTimeOffset _wall;
    private long _processor;
    private long? _jumpedAt;

    internal ClockGuard(TimeProvider time)
    {
        _time = time;
        (_wall, _processor) = (time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>By how much the clock has jumped since the last look; <see langword="null"/> where it has not.</summary>
    internal TimeSpan? Look()
    {
        (DateTimeOffset wall, long processor) = (_time.GetUtcNow(), _time.GetTimestamp());
        TimeSpan jump = wall - _wall - _time.GetElapsedTime(_processor, processor);
        (_wall, _processor) = (wall, processor);
        if (jump.Duration() <= Tolerance)
        {
            return null;
        }

        _jumpedAt = processor;
        return jump;
    }

    /// <summary>Whether dates may be trusted.</summary>
    internal bool IsCalm => _jumpedAt is not { } at || _time.GetElapsedTime(at) >= Calm;
}
