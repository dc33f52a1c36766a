using System.Data.Common;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The rows of several new keys and the statement that writes them, in the words of PostgreSQL: <c>make_key</c> of postgres-3.sql.</summary>
internal sealed class NewKeyBatch
{
    // One statement, so a transaction by itself. A slot that somebody holds is passed over: no two groups wait for each other, and no
    // stuck write stops all others.
    private const string Write = """
        SELECT name, make_key(slot, seen, name, store_key_id, incarnation, record, version, now, material)
        FROM unnest(@slots, @seen, @names, @keys, @incarnations, @records, @versions, @times, @materials)
            AS asked (slot, seen, name, store_key_id, incarnation, record, version, now, material)
        """;

    private readonly Dictionary<string, long> _made = new(StringComparer.Ordinal);
    private readonly List<NewKeyRows> _rows;
    private readonly int[] _slots;
    private readonly long[] _seen;

    internal NewKeyBatch(ISqlChanges changes, List<NewKeyRows> rows)
    {
        _rows = rows;
        _slots = All(row => changes.SlotOf(row.Record.Name));
        _seen = Array.ConvertAll(_slots, changes.ReadStamp);
    }

    /// <summary>Whether the database may have got it.</summary>
    internal bool WasSent { get; private set; }

    /// <summary>The stamp of a key that was made.</summary>
    internal long? StampOf(NewKeyRows rows) => _made.TryGetValue(rows.Record.Name.Value, out long stamp) ? stamp : null;

    /// <summary>Writes what can be written, and commits it. What the database refuses makes none of them.</summary>
    internal async ValueTask<int> RunAsync(SqlSession session, ISqlDialect dialect)
    {
        DbCommand command = session.Command(
            Write,
            ("@slots", _slots),
            ("@seen", _seen),
            ("@names", All(static row => row.Record.Name.Value)),
            ("@keys", All(static row => row.Key.KeyId)),
            ("@incarnations", All(static row => row.Record.Incarnation)),
            ("@records", All(static row => row.Key.Box)),
            ("@versions", All(static row => row.Record.CurrentName.Value)),
            ("@times", All(static row => row.Record.CurrentMs)),
            ("@materials", All(static row => row.Version.Box)));
        _made.Clear();
        WasSent = true;
        try
        {
            DbDataReader answer = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (answer.ConfigureAwait(false))
            {
                await ReadAsync(answer).ConfigureAwait(false);
            }
        }
        catch (DbException failure) when (!dialect.IsConnectionLost(failure))
        {
            // It is rolled back for certain, and the connection is as good as before.
            _made.Clear();
            WasSent = false;
        }

        return _made.Count;
    }

    private async ValueTask ReadAsync(DbDataReader answer)
    {
        // INVARIANT: the commit comes behind the last row, and may fail.
        while (await answer.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (!answer.IsDBNull(1))
            {
                _made.Add(answer.GetString(0), answer.GetInt64(1));
            }
        }

        _ = await answer.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private T[] All<T>(Converter<NewKeyRows, T> column) => _rows.ConvertAll(column).ToArray();
}
