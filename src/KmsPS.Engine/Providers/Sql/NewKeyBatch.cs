using System.Data.Common;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The rows of several new keys and the statement that writes them, in the words of PostgreSQL.</summary>
internal sealed class NewKeyBatch
{
    // It takes the slots first, as every write does. A slot that somebody holds is passed over: no two groups wait for each other, and
    // no stuck write stops all others. A slot that moved since the statement began is passed over too: what the statement sees of names
    // is as old as itself. INVARIANT: a slot names the newest store key, and a rotation takes every slot before it names another.
    private const string Write = """
        WITH asked AS MATERIALIZED (
            SELECT * FROM unnest(@slots, @seen, @names, @keys, @incarnations, @records, @versions, @times, @materials)
                AS a (slot, seen, name, store_key_id, incarnation, record, version, now, material)
        ), held AS MATERIALIZED (
            SELECT slot, stamp, store_key_id FROM change_slot WHERE slot = ANY (@slots) FOR NO KEY UPDATE SKIP LOCKED
        ), keyed AS (
            INSERT INTO key_incarnation (incarnation, name, deleted_order, store_key_id, sealed)
            SELECT a.incarnation, a.name, NULL, a.store_key_id, a.record
            FROM asked a JOIN held h ON h.slot = a.slot AND h.stamp >= a.seen AND h.store_key_id = a.store_key_id
            WHERE NOT EXISTS (SELECT FROM key_name n WHERE n.name = a.name)
            AND EXISTS (SELECT FROM change_slot c WHERE c.slot = h.slot AND c.stamp = h.stamp)
            ON CONFLICT DO NOTHING
            RETURNING incarnation
        ), made AS MATERIALIZED (
            SELECT a.* FROM asked a JOIN keyed k ON k.incarnation = a.incarnation
        ), moved AS (
            UPDATE change_slot c SET stamp = c.stamp + 1 WHERE c.slot IN (SELECT slot FROM made) RETURNING c.slot, c.stamp
        ), filled AS (
            INSERT INTO key_version (name, incarnation, number, created_ms, store_key_id, sealed)
            SELECT version, incarnation, 0, now, store_key_id, material FROM made
        )
        SELECT made.name, moved.stamp FROM made JOIN moved ON moved.slot = made.slot
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
            _made.Add(answer.GetString(0), answer.GetInt64(1));
        }

        _ = await answer.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private T[] All<T>(Converter<NewKeyRows, T> column) => _rows.ConvertAll(column).ToArray();
}
