using System.Data.Common;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Lets a connection in only if it leads to the same store, in the same epoch or a later one than was seen. A database that was put back
/// is refused by every process that saw the later one, until it is started again, and by every machine that did.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="mark">What this machine remembers; <see langword="null"/> where nothing is.</param>
internal sealed class EpochGate(SqlStore store, EpochMark? mark)
{
    private long _seen;
    private volatile KmsException? _refusal;

    /// <summary>Why the database is refused, or <see langword="null"/>.</summary>
    internal KmsException? Refusal => _refusal;

    /// <summary>Looks for the first time: compares with what the machine remembers.</summary>
    internal async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        StoreEpoch epoch = await store.Sessions.ReadAsync(store.States, StoreEpoch.ReadAsync, cancellationToken).ConfigureAwait(false);
        long remembered = mark?.Read(store.Name) ?? 0;
        if (epoch.Number < remembered)
        {
            throw Behind(epoch.Number, remembered);
        }

        Volatile.Write(ref _seen, epoch.Number);
        Remember(epoch.Number, remembered);
    }

    /// <summary>Looks over a new connection.</summary>
    internal async ValueTask AdmitAsync(SqlSession session, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(SqlText.ReadStore).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        bool isSame;
        await using (row.ConfigureAwait(false))
        {
            isSame = await row.ReadAsync(cancellationToken).ConfigureAwait(false) && store.IsNamed(row.GetFieldValue<byte[]>(1));
        }

        if (!isSame)
        {
            throw _refusal = new KmsException(
                ErrorKind.StoreCorrupt,
                $"The store {store.Place} is another one than before: it was replaced, perhaps by a restore",
                "If that is meant, restart every server on it.") { Subject = store.Place };
        }

        long number;
        try
        {
            number = (await StoreEpoch.ReadAsync(session, store.States, cancellationToken).ConfigureAwait(false)).Number;
        }
        catch (StoreKeyMovedException)
        {
            // Another server rotated the store key: the list of keys is read over this very connection, and the next one is compared.
            return;
        }

        long seen = Volatile.Read(ref _seen);
        if (number < seen)
        {
            throw _refusal = Behind(number, seen);
        }

        if (number > seen)
        {
            Saw(number);
        }
    }

    /// <summary>An epoch that this process itself began.</summary>
    internal void Saw(long number)
    {
        Volatile.Write(ref _seen, number);
        Remember(number, mark?.Read(store.Name) ?? 0);
    }

    private void Remember(long number, long remembered)
    {
        if (number > Math.Max(remembered, StoreEpoch.First.Number))
        {
            mark?.Write(store.Name, number);
        }
    }

    private KmsException Behind(long number, long seen) => new(
        ErrorKind.StoreCorrupt,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The store {store.Place} has gone back to an earlier state: its epoch is {number}, and {seen} was seen here"),
        "Put the latest database back, or restore its latest backup into an empty store.") { Subject = store.Place };
}
