using System.Collections.Concurrent;

namespace KmsPS.Engine.Providers;

/// <summary>Where a key's change stamp is found, what it was before the store was asked, and how many changes to keys that were there, removals and failed changes there were by then.</summary>
internal readonly record struct CacheStamp(int Slot, long Value, long Replacements, long Removals, long Doubt, long ReadAt);

/// <summary>What one kind of lookup gave, by name, as long as the key's stamp did not move and it is not too old. Bounded.</summary>
/// <param name="most">Most entries.</param>
/// <param name="release">Gives up a value that is forgotten.</param>
internal sealed class CacheTable<T>(int most, Action<T> release)
    where T : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _count;
    private int _sweeping;

    /// <summary>Number of entries, for tests.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>The entry of that name, whatever its age.</summary>
    internal Entry? Find(string name)
    {
        if (!_entries.TryGetValue(name, out Entry? entry))
        {
            return null;
        }

        if (!entry.Used)
        {
            entry.Used = true;
        }

        return entry;
    }

    /// <summary>Remembers a value, which belongs to the table from now on.</summary>
    internal void Put(string name, T value, CacheStamp stamp)
    {
        Entry fresh = new(value, stamp);
        while (true)
        {
            if (_entries.TryGetValue(name, out Entry? old))
            {
                if (_entries.TryUpdate(name, fresh, old))
                {
                    release(old.Value);
                    return;
                }
            }
            else if (_entries.TryAdd(name, fresh))
            {
                if (Interlocked.Increment(ref _count) > most)
                {
                    Sweep();
                }

                return;
            }
        }
    }

    /// <summary>Forgets one entry: what it told of is there no more.</summary>
    internal void Remove(string name)
    {
        if (_entries.TryRemove(name, out Entry? old))
        {
            Interlocked.Decrement(ref _count);
            release(old.Value);
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear() => RemoveWhere(static _ => true, 0);

    // What was not asked for since the last sweep goes first; if all were, the first ones met go.
    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) != 0)
        {
            return;
        }

        int enough = most - (most / 8) - 1;
        RemoveWhere(
            static entry =>
            {
                bool idle = !entry.Used;
                entry.Used = false;
                return idle;
            },
            enough);
        RemoveWhere(static _ => true, enough);
        Volatile.Write(ref _sweeping, 0);
    }

    private void RemoveWhere(Func<Entry, bool> condition, int enough)
    {
        foreach (KeyValuePair<string, Entry> pair in _entries)
        {
            if (Count <= enough)
            {
                return;
            }

            if (condition(pair.Value) && _entries.TryRemove(pair))
            {
                Interlocked.Decrement(ref _count);
                release(pair.Value.Value);
            }
        }
    }

    internal sealed class Entry(T value, CacheStamp stamp)
    {
        internal T Value { get; } = value;

        internal CacheStamp Stamp { get; } = stamp;

        internal bool Used { get; set; } = true;
    }
}
