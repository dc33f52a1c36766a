using System.Data.Common;
using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Is shown every row of a store.</summary>
internal interface IStoreVisitor
{
    /// <summary>A name that was ever used.</summary>
    void Name(string name, int next);

    /// <summary>A key, in use or deleted.</summary>
    void Key(KeyRow key);

    /// <summary>A version, disposed after the call.</summary>
    void Version(OpenedVersion version);

    /// <summary>A record of state.</summary>
    void State(StateRecord record);

    /// <summary>A number that was given out.</summary>
    void Sequence(string name, long value);

    /// <summary>A row that is not what it should be.</summary>
    void Failed(StoreFailure failure);
}

/// <summary>Opens every row of a store, and goes on behind one that does not open.</summary>
internal sealed class StoreScan(SqlStore store, KeyRows rows, SqlStateStore states)
{
    /// <summary>Shows everything as it is at one instant, while others write.</summary>
    internal ValueTask<StoreCounts> RunAsync(Func<IStoreVisitor> visitor, IProgress<StoreProgress>? progress, string activity, CancellationToken cancellationToken) =>
        store.Sessions.ReadAsync((this, visitor, progress, activity), static async (session, job, stop) =>
        {
            await session.RunAsync(job.Item1.Dialect.BeginSnapshot, stop).ConfigureAwait(false);
            StoreCounts counts = await job.Item1.ShowAsync(session, job.visitor(), job.progress, job.activity, stop).ConfigureAwait(false);
            await session.RunAsync("COMMIT", stop).ConfigureAwait(false);
            return counts;
        }, cancellationToken);

    private ISqlDialect Dialect => store.Sessions.Dialect;

    internal async ValueTask<StoreCounts> ShowAsync(SqlSession session, IStoreVisitor visitor, IProgress<StoreProgress>? progress, string activity, CancellationToken cancellationToken)
    {
        StoreCounts counts = await CountAsync(session, cancellationToken).ConfigureAwait(false);
        Walk walk = new(session, visitor, progress, activity, counts.Names + counts.Keys + counts.Versions + counts.State);
        HashSet<string> toldNames = new(StringComparer.Ordinal);
        await walk.RowsAsync(ScanText.Names, "Name", 0, row =>
        {
            string name = row.GetString(0);
            toldNames.Add(name);
            visitor.Name(name, rows.ReadName(row, 1, name));
            toldNames.Remove(name);
        }, cancellationToken).ConfigureAwait(false);
        HashSet<long> unusable = [];
        await walk.RowsAsync(ScanText.Keys, "Key", 1, row =>
        {
            unusable.Add(row.GetInt64(0));
            if (toldNames.Contains(row.GetString(1)))
            {
                // Whatever else is wrong with the key is told; that its name is, was.
                _ = rows.OpenKeyRecord(row.GetInt64(0), row.GetString(1), row.GetFieldValue<byte[]>(3), row.GetFieldValue<byte[]>(4));
                return;
            }

            visitor.Key(rows.ReadKey(row));
            unusable.Remove(row.GetInt64(0));
        }, cancellationToken).ConfigureAwait(false);
        await walk.RowsAsync(ScanText.Versions, "Version", 0, row =>
        {
            using OpenedVersion version = rows.OpenVersion(row);
            if (unusable.Contains(version.Key.Incarnation))
            {
                throw store.Damaged($"key version '{Printable.Text(version.Name)}'", "its key cannot be used, though this version can be read");
            }

            visitor.Version(version);
        }, cancellationToken).ConfigureAwait(false);
        await walk.RowsAsync(ScanText.States, "State", 0, row => visitor.State(states.Read(row.GetString(5), row)), cancellationToken).ConfigureAwait(false);
        await walk.RowsAsync(ScanText.Sequences, "Sequence", 0, row => visitor.Sequence(row.GetString(0), row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        return counts;
    }

    internal static async ValueTask<StoreCounts> CountAsync(SqlSession session, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(ScanText.CountAll).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            _ = await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new StoreCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
        }
    }

    private sealed class Walk(SqlSession session, IStoreVisitor visitor, IProgress<StoreProgress>? progress, string activity, long total)
    {
        private const int Step = 256;
        private long _done;

        internal async ValueTask RowsAsync(string sql, string kind, int subject, Action<DbDataReader> show, CancellationToken cancellationToken)
        {
            DbDataReader row = await session.Command(sql).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    try
                    {
                        show(row);
                    }
                    catch (Exception failure) when (failure is KmsException { Kind: ErrorKind.StoreCorrupt } or InvalidCastException or FormatException or OverflowException or InvalidOperationException)
                    {
                        string text = failure is KmsException ? failure.Message : "A column holds what cannot be there.";
                        visitor.Failed(new StoreFailure(kind, Printable.Text(Convert.ToString(row.GetValue(subject), CultureInfo.InvariantCulture) ?? ""), text));
                    }

                    if (++_done % Step == 0)
                    {
                        progress?.Report(new StoreProgress(activity, _done, Math.Max(total, _done)));
                    }
                }
            }
        }
    }
}
