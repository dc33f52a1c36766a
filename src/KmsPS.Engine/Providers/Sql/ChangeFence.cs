using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The highest change counters that this process saw of a database. A database whose counters are lower is another one: an older
/// backup, or a standby that was promoted without the last commits. It is refused until the server is started again.
/// </summary>
internal sealed class ChangeFence(string place)
{
    private const string ReadAll = "SELECT slot, stamp FROM change_slot";

    private readonly long[] _stamps = new long[ChangeSlots.Count];
    private volatile KmsException? _refusal;
    private volatile bool _isSet;

    /// <summary>Why the database is refused, or <see langword="null"/>.</summary>
    internal KmsException? Refusal => _refusal;

    internal long Read(int slot) => Volatile.Read(ref _stamps[slot]);

    /// <summary>From now on there is a table to compare with.</summary>
    internal void Set() => _isSet = true;

    /// <summary>A stamp that was seen committed.</summary>
    internal void Raise(int slot, long stamp)
    {
        long seen = Volatile.Read(ref _stamps[slot]);
        while (seen < stamp)
        {
            long before = Interlocked.CompareExchange(ref _stamps[slot], stamp, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>Compares the database with what was seen before the call, and takes over what is new.</summary>
    /// <exception cref="KmsException">It is behind.</exception>
    internal async ValueTask CheckAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (!_isSet)
        {
            return;
        }

        // Taken before the question: what others commit between is no reason to refuse.
        long[] seen = (long[])_stamps.Clone();
        int rows = 0;
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = ReadAll;
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    int slot = row.GetInt32(0);
                    if ((uint)slot >= ChangeSlots.Count || row.GetInt64(1) < seen[slot])
                    {
                        throw Behind();
                    }

                    Raise(slot, row.GetInt64(1));
                    rows++;
                }
            }
        }

        if (rows != ChangeSlots.Count)
        {
            throw Behind();
        }
    }

    /// <summary>The database is behind; from now on it is refused.</summary>
    internal KmsException Behind() => _refusal = new KmsException(
        ErrorKind.StoreCorrupt,
        $"The store {place} has gone back to an earlier state: changes that were answered are missing in it",
        "Find out which database this is (a restored backup, a promoted standby). If the loss is meant, restart every server on it.") { Subject = place };
}
