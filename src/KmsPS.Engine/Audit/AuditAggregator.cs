using System.Collections.Concurrent;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Audit;

/// <summary>
/// Counts the successes of busy operations for each user, key and operation, and says when a line is due. It writes nothing itself.
/// </summary>
/// <remarks>
/// SOURCE: Hadoop KMSAudit, as measured: the first access gives a line at once; what follows is counted, the first access once more;
/// a summary is due at the first sweep after a window; the count then starts anew while the interval goes on from the first access; a
/// window without an access ends the entry, and so does a refusal.
/// INVARIANT: each access is in the <see cref="AuditEvent.Shares"/> of exactly one event.
/// </remarks>
public sealed class AuditAggregator
{
    /// <summary>Shortest window: a tenth of it is the time between sweeps.</summary>
    public static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<Triple, Tally> _tallies = new();
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private int _size;

    /// <param name="window">How long accesses are counted: <c>hadoop.kms.audit.aggregation.window.ms</c>, 10 s unless set.</param>
    /// <param name="time">The clock.</param>
    /// <param name="capacity">Most triples that are counted at a time; accesses beyond it are written one by one.</param>
    /// <exception cref="ConfigurationException">The window is shorter than <see cref="ShortestWindow"/>.</exception>
    public AuditAggregator(TimeSpan window, TimeProvider time, int capacity = 100_000)
    {
        if (window < ShortestWindow)
        {
            throw new ConfigurationException(
                $"hadoop.kms.audit.aggregation.window.ms is {window.TotalMilliseconds:0}; a window has at least {ShortestWindow.TotalMilliseconds:0} ms.",
                remedy: "Give 10 or more; a stock server does not start with less either.");
        }

        Window = window;
        _time = time;
        _capacity = capacity;
    }

    /// <summary>How long accesses are counted.</summary>
    public TimeSpan Window { get; }

    /// <summary>Number of triples that are being counted.</summary>
    public int Count => Volatile.Read(ref _size);

    /// <summary>Counts an access of a known triple, without allocating; <see langword="false"/> when <see cref="Begin"/> must be asked.</summary>
    public bool TryCount(in Call call, in AuditedAccess access) =>
        _tallies.TryGetValue(new Triple(call.Caller.FullName, access.Key, access.Verb), out Tally? tally) && tally.TryAdd(call, access);

    /// <summary>
    /// Counts an access of any triple; the event to be written at once, where there is one: the first access, or a part of the count
    /// that has no room for one more kind of access.
    /// </summary>
    public AuditEvent? Begin(in Call call, in AuditedAccess access)
    {
        Triple triple = new(call.Caller.FullName, access.Key, access.Verb);
        while (true)
        {
            if (_tallies.TryGetValue(triple, out Tally? known))
            {
                if (known.TryAddOrSpill(call, access, triple, _time, out AuditEvent? spilled))
                {
                    return spilled;
                }

                Remove(triple, known);
            }
            else if (Volatile.Read(ref _size) >= _capacity)
            {
                // Above the capacity an access is an event of its own; nothing is lost, only nothing is saved.
                return First(call, access);
            }
            else if (_tallies.TryAdd(triple, new Tally(access.Operation, call.Caller.Method, _time.GetTimestamp())))
            {
                Interlocked.Increment(ref _size);
                return First(call, access);
            }
        }
    }

    /// <summary>Ends a triple; its summary when accesses were counted since its last line.</summary>
    public AuditEvent? End(string user, KmsOperation verb, string key)
    {
        Triple triple = new(user, key, verb);
        return _tallies.TryGetValue(triple, out Tally? tally) && Remove(triple, tally) ? tally.Take(triple, _time, ends: true) : null;
    }

    /// <summary>Adds the summaries that are due; entries that were quiet for a window go away.</summary>
    public void Sweep(ICollection<AuditEvent> due)
    {
        ArgumentNullException.ThrowIfNull(due);
        foreach ((Triple triple, Tally tally) in _tallies)
        {
            if (_time.GetElapsedTime(tally.Armed) < Window)
            {
                continue;
            }

            if (tally.Take(triple, _time, ends: false) is { } summary)
            {
                due.Add(summary);
            }
            else
            {
                Remove(triple, tally);
            }
        }
    }

    /// <summary>Ends every triple; adds what was counted since their last lines.</summary>
    public void Drain(ICollection<AuditEvent> rest)
    {
        ArgumentNullException.ThrowIfNull(rest);
        foreach (Triple triple in _tallies.Keys)
        {
            if (End(triple.User, triple.Verb, triple.Key) is { } summary)
            {
                rest.Add(summary);
            }
        }
    }

    private bool Remove(Triple triple, Tally tally)
    {
        if (!_tallies.TryRemove(new KeyValuePair<Triple, Tally>(triple, tally)))
        {
            return false;
        }

        Interlocked.Decrement(ref _size);
        return true;
    }

    private AuditEvent First(in Call call, in AuditedAccess access) => new()
    {
        At = _time.GetUtcNow(),
        Outcome = AuditOutcome.Ok,
        Operation = access.Operation,
        Key = access.Key,
        User = call.Caller.FullName,
        Authentication = call.Caller.Method,
        TraceId = call.TraceId,
        AccessCount = 1,
        IntervalMilliseconds = 0,
        Shares = [new AccessShare(call.Caller.RealCaller?.FullName, call.Origin.Address, call.Origin.Method, access.Version, 1, access.Count)],
    };

    /// <summary>What is counted together. A struct of its parts, not a text joined from them, so that no name can stand for two.</summary>
    internal readonly record struct Triple(string User, string Key, KmsOperation Verb);
}
