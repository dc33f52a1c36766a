namespace KmsPS.Server.Limits;

/// <summary>
/// A leaky bucket for each of any number of keys, in a fixed amount of memory. Each drop of a key keeps its bucket fuller for one
/// interval; a bucket over the brim makes its key wait.
/// </summary>
/// <remarks>
/// INVARIANT: nobody who invents keys can make the table grow, or empty the bucket of somebody else: a set holds eight keys, and a
/// newcomer takes the place of the emptiest. SOURCE: GCRA of ITU-T I.371, which needs one instant for each bucket and no timer.
/// </remarks>
/// <param name="interval">Time in which a bucket loses one drop.</param>
/// <param name="depth">Drops that a bucket holds.</param>
/// <param name="time">The clock.</param>
internal sealed class LeakyBuckets<TKey>(TimeSpan interval, int depth, TimeProvider time)
    where TKey : IEquatable<TKey>
{
    private const int Sets = 1024;
    private const int Ways = 8;

    private readonly Slot[] _slots = new Slot[Sets * Ways];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Sets).Select(static _ => new Lock())];
    private readonly long _interval = Math.Max(1, (long)(interval.TotalSeconds * time.TimestampFrequency));

    /// <summary>Lets a drop in where there is room.</summary>
    /// <returns>How long to wait for room; zero where the drop went in.</returns>
    public TimeSpan Take(TKey key) => Touch(key, needsRoom: true);

    /// <summary>Lets a drop in, room or not; a bucket never holds more than one drop over the brim.</summary>
    /// <returns>How long the key has to wait now; zero where it need not.</returns>
    public TimeSpan Add(TKey key) => Touch(key, needsRoom: false);

    /// <summary>How long a key has to wait; zero where it need not.</summary>
    public TimeSpan WaitOf(TKey key)
    {
        int set = SetOf(key);
        lock (_locks[set])
        {
            int found = Find(set, key);
            return found < 0 ? TimeSpan.Zero : Wait(_slots[found].EmptyAt, time.GetTimestamp());
        }
    }

    private TimeSpan Touch(TKey key, bool needsRoom)
    {
        int set = SetOf(key);
        lock (_locks[set])
        {
            long now = time.GetTimestamp();
            int place = Find(set, key);
            long emptyAt = place < 0 ? now : Math.Max(now, _slots[place].EmptyAt);
            TimeSpan wait = Wait(emptyAt, now);
            if (needsRoom && wait > TimeSpan.Zero)
            {
                return wait;
            }

            emptyAt = Math.Min(emptyAt + _interval, now + ((depth + 1) * _interval));
            _slots[place < 0 ? Emptiest(set) : place] = new Slot(key, emptyAt);
            return needsRoom ? TimeSpan.Zero : Wait(emptyAt, now);
        }
    }

    // Room for one more drop is there once the bucket needs no longer than depth - 1 intervals to run empty.
    private TimeSpan Wait(long emptyAt, long now)
    {
        long over = emptyAt - now - ((depth - 1) * _interval);
        return over <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)over / time.TimestampFrequency);
    }

    // Hash codes of texts and numbers alike are mixed with a secret of the process: nobody outside can aim at a set.
    private static int SetOf(TKey key) => HashCode.Combine(key) & (Sets - 1);

    private int Find(int set, TKey key)
    {
        for (int i = set * Ways; i < (set + 1) * Ways; i++)
        {
            if (_slots[i].Key is { } known && known.Equals(key))
            {
                return i;
            }
        }

        return -1;
    }

    private int Emptiest(int set)
    {
        int least = set * Ways;
        for (int i = least + 1; i < (set + 1) * Ways; i++)
        {
            least = _slots[i].EmptyAt < _slots[least].EmptyAt ? i : least;
        }

        return least;
    }

    private readonly record struct Slot(TKey? Key, long EmptyAt);
}
