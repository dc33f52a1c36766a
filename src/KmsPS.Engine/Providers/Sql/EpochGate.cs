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
        // In this order: an epoch that another server begins in between is not one that was seen.
        long remembered = mark?.Read(store.Name) ?? 0;
        StoreEpoch epoch = await store.Sessions.ReadAsync(store.States, StoreEpoch.ReadAsync, cancellationToken).ConfigureAwait(false);
        if (epoch.Number < remembered)
        {
            throw Behind(epoch.Number, remembered);
        }

        await SawAsync(epoch.Number, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks over a new connection.</summary>
    internal async ValueTask AdmitAsync(SqlSession session, CancellationToken cancellationToken)
    {
        // Before the database is asked: an epoch that begins after its answer is no reason to refuse it.
        long seen = Volatile.Read(ref _seen);
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

        if (number < seen)
        {
            throw _refusal = Behind(number, seen);
        }

        if (number > seen)
        {
            await SawAsync(number, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>An epoch that this process met, or began itself.</summary>
    internal async ValueTask SawAsync(long number, CancellationToken cancellationToken)
    {
        for (long seen = Volatile.Read(ref _seen); number > seen && Interlocked.CompareExchange(ref _seen, number, seen) != seen; seen = Volatile.Read(ref _seen))
        {
        }

        if (mark is not null && number > Math.Max(mark.Read(store.Name), StoreEpoch.First.Number))
        {
            await mark.RaiseAsync(store.Name, number, cancellationToken).ConfigureAwait(false);
        }
    }

    private KmsException Behind(long number, long seen) => new(
        ErrorKind.StoreCorrupt,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The store {store.Place} has gone back to an earlier state: its epoch is {number}, and {seen} was seen here"),
        "Put the latest database back, or restore its latest backup into an empty store.") { Subject = store.Place };
}
