using System.Collections.Concurrent;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine.Providers;

/// <summary>When a version was last used.</summary>
internal readonly record struct VersionLastUse(string Version, long AtMs);

/// <summary>
/// Remembers when versions were used, and has it written once a minute: a use costs a look-up and no allocation, unless it is the
/// version's first since the last write. A process that is killed loses the uses of its last minute.
/// </summary>
internal sealed class UseLedger : IAsyncDisposable
{
    /// <summary>How late a use may be written.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // As many as the cache remembers versions; beyond that the ledger is written early and, if that fails, takes no more.
    private const int Most = 65_536;

    private readonly ConcurrentDictionary<string, Mark> _marks = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly Func<IReadOnlyList<VersionLastUse>, CancellationToken, ValueTask> _write;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ITimer _timer;
    private int _count;

    /// <param name="time">The clock.</param>
    /// <param name="write">Writes a batch; what it throws is tried again at the next turn.</param>
    internal UseLedger(TimeProvider time, Func<IReadOnlyList<VersionLastUse>, CancellationToken, ValueTask> write)
    {
        _time = CoarseClock.Of(time);
        _write = write;
        _timer = time.CreateTimer(static self => _ = ((UseLedger)self!).TryFlushAsync(), this, Interval, Interval);
    }

    /// <summary>Notes a use, now.</summary>
    internal void Note(KeyVersionName version)
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (_marks.TryGetValue(version.Value, out Mark? known))
        {
            Volatile.Write(ref known.AtMs, now);
        }
        else if (Volatile.Read(ref _count) < Most && _marks.TryAdd(version.Value, new Mark { AtMs = now }))
        {
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>The last use that is noted and not yet written, in epoch milliseconds, or <see langword="null"/>.</summary>
    internal long? Noted(string version) => _marks.TryGetValue(version, out Mark? mark) ? Volatile.Read(ref mark.AtMs) : null;

    /// <summary>Writes what is noted. What cannot be written stays noted.</summary>
    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // In one order on every server, so that no two wait for each other.
            List<VersionLastUse> batch = [.. _marks.Select(static pair => new VersionLastUse(pair.Key, Volatile.Read(ref pair.Value.AtMs))).OrderBy(static use => use.Version, StringComparer.Ordinal)];
            if (batch.Count == 0)
            {
                return;
            }

            await _write(batch, cancellationToken).ConfigureAwait(false);
            foreach (VersionLastUse use in batch)
            {
                // A use that was noted meanwhile stays for the next turn.
                if (_marks.TryGetValue(use.Version, out Mark? mark) && Volatile.Read(ref mark.AtMs) == use.AtMs && _marks.TryRemove(new KeyValuePair<string, Mark>(use.Version, mark)))
                {
                    Interlocked.Decrement(ref _count);
                }
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes what is left, if the store takes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await TryFlushAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    // A store that is away says so to every request that needs it; the uses wait.
    private async Task TryFlushAsync()
    {
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KmsException or ObjectDisposedException)
        {
            LastFailure = failure;
        }
    }

    /// <summary>Why the last write failed, for tests and people who look; the uses are still noted.</summary>
    internal Exception? LastFailure { get; private set; }

    private sealed class Mark
    {
        internal long AtMs;
    }
}
