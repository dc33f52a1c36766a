using System.Collections.Concurrent;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>How long groups are remembered.</summary>
/// <param name="Fresh">After this long they are asked for again. <c>hadoop.security.groups.cache.secs</c>, 300 s.</param>
/// <param name="Negative">The same where there are none. <c>hadoop.security.groups.negative-cache.secs</c>, 30 s.</param>
/// <param name="Hard">After this long they are not used any more, even if nobody answers. <c>kmsps.groups.cache.hard.secs</c>, ten times fresh.</param>
/// <param name="Patience">How long a caller waits for a late refresh before old groups are used. <c>kmsps.groups.refresh.wait.ms</c>, 1 s.</param>
public sealed record GroupCacheSettings(TimeSpan Fresh, TimeSpan Negative, TimeSpan Hard, TimeSpan Patience)
{
    /// <summary>Reads Hadoop's names and ours.</summary>
    /// <exception cref="ConfigurationException">A number is none, or negative.</exception>
    public static GroupCacheSettings Read(HadoopConfiguration source)
    {
        long fresh = source.GetLong("hadoop.security.groups.cache.secs", 300, min: 0, max: 31_536_000);
        return new GroupCacheSettings(
            TimeSpan.FromSeconds(fresh),
            TimeSpan.FromSeconds(source.GetLong("hadoop.security.groups.negative-cache.secs", 30, min: 0, max: 31_536_000)),
            TimeSpan.FromSeconds(source.GetLong("kmsps.groups.cache.hard.secs", fresh * 10, min: 0, max: 315_360_000)),
            TimeSpan.FromMilliseconds(source.GetLong("kmsps.groups.refresh.wait.ms", 1000, min: 0, max: 60_000)));
    }
}

/// <summary>
/// Remembers groups. One question a user is under way at a time. In the last fifth of their time groups are refreshed behind the
/// caller's back; when the source is late or down they stay in use until <see cref="GroupCacheSettings.Hard"/>, and not a moment longer.
/// </summary>
/// <remarks>SOURCE: Hadoop Groups (refreshAfterWrite, expireAfterWrite of ten times as long). A removal from a group is felt within <see cref="GroupCacheSettings.Fresh"/>.</remarks>
public sealed class CachedGroupMapper(IGroupMapper source, GroupCacheSettings settings, TimeProvider time, int capacity = 100_000) : IGroupMapper
{
    private const double RefreshFrom = 0.8;
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Forgets everything.</summary>
    public void Clear() => _entries.Clear();

    /// <inheritdoc/>
    public async ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken)
    {
        Entry entry = _entries.TryGetValue(shortName, out Entry? known) ? known : Add(shortName);
        Known? held = entry.Held;
        TimeSpan age = held is null ? TimeSpan.MaxValue : time.GetElapsedTime(held.Asked);
        if (held is not null && FreshTime(held) is var fresh && age < fresh)
        {
            if (age > fresh * RefreshFrom && !(entry.Failed is { } late && time.GetElapsedTime(late) < RetryPause))
            {
                // Nobody waits for it here; a failure is met by whoever asks when the groups are no longer fresh.
                _ = entry.RefreshAsync(source, shortName, time).ContinueWith(static done => done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            return held.Groups;
        }

        if (held is null || age >= settings.Hard)
        {
            return await entry.RefreshAsync(source, shortName, time).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        // A source that failed a moment ago is not asked by every request: old groups are used meanwhile.
        if (entry.Failed is { } failed && time.GetElapsedTime(failed) < RetryPause)
        {
            return held.Groups;
        }

        Task<NameSet> asked = entry.RefreshAsync(source, shortName, time);
        TimeSpan patience = settings.Patience - time.GetElapsedTime(entry.Asked);
        if (patience <= TimeSpan.Zero && !asked.IsCompleted)
        {
            return held.Groups;
        }

        try
        {
            return await asked.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or KmsException { IsTransient: true })
        {
            return held.Groups;
        }
    }

    /// <inheritdoc/>
    public bool IsCurrent(string shortName, NameSet groups)
    {
        if (!_entries.TryGetValue(shortName, out Entry? entry) || entry.Held is not { } held || !ReferenceEquals(held.Groups, groups))
        {
            return false;
        }

        // From the last fifth on the caller goes through GroupsOfAsync, which refreshes.
        return time.GetElapsedTime(held.Asked) <= FreshTime(held) * RefreshFrom;
    }

    private TimeSpan FreshTime(Known held) => held.Groups.Count == 0 ? settings.Negative : settings.Fresh;

    private Entry Add(string shortName)
    {
        if (_entries.Count >= capacity)
        {
            // Names come from outside: the table must not grow without end. What is no longer fresh goes first.
            foreach ((string name, Entry entry) in _entries)
            {
                if (entry.Held is not { } held || time.GetElapsedTime(held.Asked) >= settings.Fresh)
                {
                    _entries.TryRemove(name, out _);
                }
            }

            if (_entries.Count >= capacity)
            {
                _entries.Clear();
            }
        }

        return _entries.GetOrAdd(shortName, static _ => new Entry());
    }

    private sealed record Known(NameSet Groups, long Asked);

    private sealed class Entry
    {
        private readonly Lock _lock = new();
        private Task<NameSet>? _asked;
        private Known? _held;
        private long _askedAt;
        private long _failedAt = long.MinValue;

        public Known? Held => Volatile.Read(ref _held);

        /// <summary>When the question under way, or the last one, was put.</summary>
        public long Asked => Volatile.Read(ref _askedAt);

        /// <summary>When the source failed, where it has not answered since.</summary>
        public long? Failed => Volatile.Read(ref _failedAt) is > long.MinValue and long at ? at : null;

        public Task<NameSet> RefreshAsync(IGroupMapper source, string user, TimeProvider time)
        {
            lock (_lock)
            {
                return _asked is { IsCompleted: false } ? _asked : _asked = AskAsync(source, user, time);
            }
        }

        // The question is everybody's who waits for it, so no single caller's token can end it.
        private async Task<NameSet> AskAsync(IGroupMapper source, string user, TimeProvider time)
        {
            long asked = time.GetTimestamp();
            Volatile.Write(ref _askedAt, asked);
            try
            {
                NameSet groups = await source.GroupsOfAsync(user, CancellationToken.None).ConfigureAwait(false);
                Volatile.Write(ref _held, new Known(groups, asked));
                Volatile.Write(ref _failedAt, long.MinValue);
                return groups;
            }
            catch
            {
                Volatile.Write(ref _failedAt, time.GetTimestamp());
                throw;
            }
        }
    }
}
