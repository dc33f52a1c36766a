using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Puts right what can be put right without guessing at material, in one write: takes rows out of the way that do not open, and lets
/// pointers follow the rows that do. INVARIANT: every row that leaves its table, or changes, is kept in <c>quarantine</c> as it was.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="rows">Its rows of keys.</param>
internal sealed class StoreRepairer(SqlStore store, KeyRows rows)
{
    // A damaged row's number cannot be trusted, and a version that is lost may have had a higher one than any that is left.
    private const int NumberGap = RestoreRequest.UsualGap;

    private readonly List<StoreRepair> _repairs = [];
    private readonly Dictionary<long, OpenedKey> _keys = [];

    // The highest number of each name: as the seals of its keys prove it, and as columns say that nothing proves.
    private readonly Dictionary<string, int> _proved = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _said = new(StringComparer.Ordinal);

    // Names of keys that lost a version, of keys that were lost themselves, and of keys that are deleted.
    private readonly HashSet<string> _shortened = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsure = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    internal IReadOnlyList<StoreRepair> Repairs => _repairs;

    /// <summary>Does it inside a write.</summary>
    internal async ValueTask RunAsync(SqlSession session)
    {
        // A write that lost against another one is done again from the start.
        _repairs.Clear();
        _keys.Clear();
        _proved.Clear();
        _said.Clear();
        _shortened.Clear();
        _unsure.Clear();
        _deleted.Clear();
        await session.RunAsync(RepairText.MakeQuarantine, CancellationToken.None).ConfigureAwait(false);
        List<string[]> lost = await SortAsync(session, RepairText.AllKeys, "key_incarnation", row => TakeKey(row)).ConfigureAwait(false);
        List<string[]> unreadable = await SortAsync(session, ScanText.Versions, "key_version", row => TakeVersion(row)).ConfigureAwait(false);
        foreach (string[] version in unreadable)
        {
            await QuarantineAsync(session, "Version", version, version[1], RepairText.DropVersion, ("@name", version[1])).ConfigureAwait(false);
        }

        foreach (string[] key in lost)
        {
            _unsure.Add(key[4]);
            await QuarantineAsync(session, "Key", key, key[4], RepairText.DropKey, ("@incarnation", long.Parse(key[1], CultureInfo.InvariantCulture))).ConfigureAwait(false);
        }

        foreach (OpenedKey key in _keys.Values)
        {
            await PutKeyRightAsync(session, key).ConfigureAwait(false);
        }

        await PutNamesRightAsync(session).ConfigureAwait(false);
        foreach (string[] state in await SortAsync(session, RepairText.AllStates, "state_record", row => store.States.Read(row.GetString(5), row)).ConfigureAwait(false))
        {
            // To take away what limits a key's use, or what says which life of the store this is, is nobody's repair.
            if (state[3] is "key.use" or StoreEpoch.Kind)
            {
                continue;
            }

            await QuarantineAsync(session, "State", state, state[1], RepairText.DropState, ("@kind", state[3]), ("@id", state[1])).ConfigureAwait(false);
        }
    }

    // Reads a table; gives table, identity, content, last column and second column of each row that does not open.
    private static async ValueTask<List<string[]>> SortAsync(SqlSession session, string sql, string table, Action<DbDataReader> open)
    {
        List<string[]> bad = [];
        DbDataReader row = await session.Command(sql).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                try
                {
                    open(row);
                }
                catch (Exception failure) when (failure is KmsException { Kind: ErrorKind.StoreCorrupt } or InvalidCastException or FormatException or OverflowException or InvalidOperationException)
                {
                    bad.Add([table, Text(row.GetValue(0)), Content(row), Text(row.GetValue(row.FieldCount - 1)), Text(row.GetValue(1))]);
                }
            }
        }

        return bad;
    }

    private void TakeKey(DbDataReader row)
    {
        long? deleted = row.IsDBNull(2) ? null : row.GetInt64(2);
        KeyRecord record = rows.OpenKeyRecord(row.GetInt64(0), row.GetString(1), row.GetFieldValue<byte[]>(3), row.GetFieldValue<byte[]>(4));
        _keys.Add(record.Incarnation, new OpenedKey(record, deleted, Content(row)));
    }

    private void TakeVersion(DbDataReader row)
    {
        if (row.IsDBNull(6))
        {
            // Its key is missing; most versions are named after theirs.
            string name = row.GetString(0);
            string owner = name[..Math.Max(0, name.LastIndexOf('@'))];
            _unsure.Add(owner);
            Raise(_said, owner, row.GetInt32(1));
        }
        else
        {
            Raise(_said, row.GetString(6), row.GetInt32(1));
        }

        using OpenedVersion version = rows.OpenVersion(row);
        OpenedKey key = _keys[version.Key.Incarnation];
        if (version.Number > key.NewestNumber)
        {
            _keys[version.Key.Incarnation] = key with { NewestNumber = version.Number, NewestName = version.Name, NewestMs = version.CreatedMs };
        }
    }

    private async ValueTask PutKeyRightAsync(SqlSession session, OpenedKey key)
    {
        KeyRecord record = key.Record;
        string name = Printable.Text(record.Name.Value);
        Raise(_proved, record.Name.Value, record.CurrentNumber);
        if (key.NewestName is null)
        {
            _shortened.Add(record.Name.Value);
            await QuarantineAsync(session, "Key", ["key_incarnation", Text(record.Incarnation), key.Content], record.Name.Value, RepairText.DropKey, ("@incarnation", record.Incarnation)).ConfigureAwait(false);
            return;
        }

        object? order = key.DeletedOrder;
        List<string> actions = [];
        if (key.NewestNumber != record.CurrentNumber)
        {
            _shortened.Add(record.Name.Value);
            actions.Add($"its newest version is {Printable.Text(key.NewestName)} from now on");
            record = record with { CurrentNumber = key.NewestNumber, CurrentName = KeyVersionName.Parse(key.NewestName), CurrentMs = key.NewestMs };
        }

        if (record.DeletedMs is null != key.DeletedOrder is null)
        {
            actions.Add(record.DeletedMs is null ? "its column says as its seal that it is in use" : "its column says as its seal that it is deleted");
            order = await OrderAsync(session, record).ConfigureAwait(false);
        }

        if (order is not null)
        {
            _deleted.Add(record.Name.Value);
        }

        if (actions.Count > 0)
        {
            await KeepAsync(session, "key_incarnation", key.Content).ConfigureAwait(false);
            SealedRow box = rows.SealRecord(record);
            await session.Command(SqlText.MoveKey, ("@order", order), ("@key", box.KeyId), ("@sealed", box.Box), ("@incarnation", record.Incarnation)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            _repairs.Add(new StoreRepair("Key", name, string.Join("; ", actions)));
        }
    }

    private static async ValueTask<object?> OrderAsync(SqlSession session, KeyRecord record)
    {
        bool isTaken = Convert.ToInt64(await session.Command(RepairText.IsInUse, ("@name", record.Name.Value)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false), CultureInfo.InvariantCulture) > 0;
        return record.DeletedMs is null && !isTaken ? null : await session.Command(SqlText.NextDeletedOrder).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask PutNamesRightAsync(SqlSession session)
    {
        Dictionary<string, (int? Mark, string Content)> marks = await ReadMarksAsync(session).ConfigureAwait(false);
        IEnumerable<string> named = marks.Where(static each => each.Value.Mark is null).Select(static each => each.Key);
        foreach (string name in named.Concat(_unsure).Concat(_shortened).Concat(_deleted.Where(name => !marks.ContainsKey(name))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList())
        {
            (int? mark, string? content) = marks.GetValueOrDefault(name);
            bool isKnown = _shortened.Contains(name) && !_unsure.Contains(name) && (content is null || mark is not null);
            int proved = _proved.GetValueOrDefault(name, -1) + 1;
            int next = isKnown ? proved : checked(Math.Max(proved, _said.GetValueOrDefault(name, -1) + 1) + NumberGap);
            if (mark >= next || !KeyName.TryParse(name, out KeyName key))
            {
                continue;
            }

            if (content is not null)
            {
                await KeepAsync(session, "key_name", content).ConfigureAwait(false);
            }

            SealedRow box = rows.SealName(key, next);
            await session.Command(SqlText.SetName, ("@name", name), ("@next", next), ("@key", box.KeyId), ("@seal", box.Box)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            _repairs.Add(new StoreRepair("Name", Printable.Text(name), string.Create(CultureInfo.InvariantCulture, $"its next version gets the number {next}")));
        }
    }

    // The names that are remembered, with their numbers where these can be trusted.
    private async ValueTask<Dictionary<string, (int? Mark, string Content)>> ReadMarksAsync(SqlSession session)
    {
        Dictionary<string, (int? Mark, string Content)> marks = new(StringComparer.Ordinal);
        DbDataReader row = await session.Command(ScanText.Names).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                string name = row.GetString(0);
                marks.Add(name, (ReadMark(row, name), Content(row)));
            }
        }

        return marks;
    }

    private int? ReadMark(DbDataReader row, string name)
    {
        try
        {
            return rows.ReadName(row, 1, name);
        }
        catch (Exception failure) when (failure is KmsException { Kind: ErrorKind.StoreCorrupt } or InvalidCastException or OverflowException)
        {
            return null;
        }
    }

    private async ValueTask QuarantineAsync(SqlSession session, string kind, string[] row, string subject, string drop, params (string Name, object? Value)[] place)
    {
        await KeepAsync(session, row[0], row[2]).ConfigureAwait(false);
        await session.Command(drop, place).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        _repairs.Add(new StoreRepair(kind, Printable.Text(subject), "it does not open; its row is put into quarantine"));
    }

    private async ValueTask KeepAsync(SqlSession session, string source, string content) =>
        await session.Command(RepairText.Keep, ("@id", Guid.NewGuid().ToString("n")), ("@now", store.NowMs), ("@source", source), ("@content", content)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);

    private static void Raise(Dictionary<string, int> highest, string name, int number)
    {
        // A number that nothing can follow is nobody's.
        if (number > highest.GetValueOrDefault(name, -1) && number < int.MaxValue - (2 * NumberGap))
        {
            highest[name] = number;
        }
    }

    // The columns as they are, so that the row can be put back by hand: bytes in hexadecimal.
    private static string Content(DbDataReader row) => JsonSerializer.Serialize(
        Enumerable.Range(0, row.FieldCount).Select(column => KeyValuePair.Create($"{column} {row.GetName(column)}", row.GetValue(column) is byte[] bytes ? Convert.ToHexStringLower(bytes) : Text(row.GetValue(column)))).ToDictionary());

    private static string Text(object? value) => value is byte[] bytes ? Convert.ToHexStringLower(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private sealed record OpenedKey(KeyRecord Record, long? DeletedOrder, string Content)
    {
        internal int NewestNumber { get; init; } = -1;

        internal string? NewestName { get; init; }

        internal long NewestMs { get; init; }
    }
}
