using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Audit;

/// <summary>The accesses of one user to one key by one operation since the last line about them.</summary>
internal sealed class Tally(string operation, AuthenticationMethod authentication, long started)
{
    private readonly long _started = started;
    private const int MaxShares = 16;
    private readonly Lock _lock = new();
    private AccessShare[] _shares = new AccessShare[1];
    private int _used;
    private int _recent;
    private bool _ended;

    // As Hadoop counts: the first access, which has a line of its own, counts again in the first summary.
    private long _count = 1;
    private long _armed = started;

    /// <summary>When the running window began, as a time stamp of the clock.</summary>
    internal long Armed => Volatile.Read(ref _armed);

    /// <summary>Counts an access; <see langword="false"/> when the tally has ended or cannot tell one more kind of access apart.</summary>
    internal bool TryAdd(in Call call, in AuditedAccess access)
    {
        lock (_lock)
        {
            return !_ended && TryAddHeld(call, access);
        }
    }

    /// <summary>
    /// As <see cref="TryAdd"/>, and makes room where it is lacking: <paramref name="spilled"/> is then an event for our own log alone,
    /// which Hadoop's summary will still count. <see langword="false"/> only when the tally has ended.
    /// </summary>
    internal bool TryAddOrSpill(in Call call, in AuditedAccess access, AuditAggregator.Triple triple, TimeProvider time, out AuditEvent? spilled)
    {
        lock (_lock)
        {
            spilled = null;
            if (_ended)
            {
                return false;
            }

            if (!TryAddHeld(call, access))
            {
                spilled = Summary(triple, time) with { HadoopLines = 0 };
                _used = 0;
                TryAddHeld(call, access);
            }

            return true;
        }
    }

    /// <summary>The summary, or <see langword="null"/> when nothing was counted: then the tally has ended, as it does when asked to.</summary>
    internal AuditEvent? Take(AuditAggregator.Triple triple, TimeProvider time, bool ends)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return null;
            }

            _ended = ends || _count == 0;
            if (_count == 0)
            {
                return null;
            }

            AuditEvent summary = Summary(triple, time) with { InOwnLog = _used > 0 };
            _count = 0;
            _used = 0;
            _armed = time.GetTimestamp();
            return summary;
        }
    }

    private bool TryAddHeld(in Call call, in AuditedAccess access)
    {
        string? realUser = call.Caller.RealCaller?.FullName;
        CallOrigin origin = call.Origin;
        int at = _recent < _used && _shares[_recent].IsLike(realUser, origin.Address, origin.Method, access.Version)
            ? _recent
            : Find(realUser, origin, access.Version);
        if (at < 0)
        {
            return false;
        }

        ref AccessShare share = ref _shares[at];
        share = share with { Accesses = share.Accesses + 1, Keys = share.Keys + access.Count };
        _recent = at;
        _count++;
        return true;
    }

    private int Find(string? realUser, CallOrigin origin, string? version)
    {
        for (int i = 0; i < _used; i++)
        {
            if (_shares[i].IsLike(realUser, origin.Address, origin.Method, version))
            {
                return i;
            }
        }

        if (_used == MaxShares)
        {
            return -1;
        }

        if (_used == _shares.Length)
        {
            Array.Resize(ref _shares, Math.Min(_used * 4, MaxShares));
        }

        _shares[_used] = new AccessShare(realUser, origin.Address, origin.Method, version, 0, 0);
        return _used++;
    }

    private AuditEvent Summary(AuditAggregator.Triple triple, TimeProvider time) => new()
    {
        At = time.GetUtcNow(),
        Outcome = AuditOutcome.Ok,
        Operation = operation,
        Key = triple.Key,
        User = triple.User,
        Authentication = authentication,
        AccessCount = _count,
        IntervalMilliseconds = (long)time.GetElapsedTime(_started).TotalMilliseconds,
        Shares = _shares.AsSpan(0, _used).ToArray(),
    };
}
