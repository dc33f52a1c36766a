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
    private readonly List<StoreRepair> _repairs = [];
    private readonly Dictionary<long, OpenedKey> _keys = [];
    private readonly Dictionary<string, RepairedName> _names = new(StringComparer.Ordinal);

    internal IReadOnlyList<StoreRepair> Repairs => _repairs;

    /// <summary>Does it inside a write.</summary>
    internal async ValueTask RunAsync(SqlSession session)
    {
        // A write that lost against another one is done again from the start.
        _repairs.Clear();
        _keys.Clear();
        _names.Clear();
        await session.RunAsync(RepairText.MakeQuarantine, CancellationToken.None).ConfigureAwait(false);
        List<UnopenedRow> keys = await UnopenedAsync(session, RepairText.AllKeys, "key_incarnation", owner: 1, TakeKey).ConfigureAwait(false);
        foreach (UnopenedRow version in await UnopenedAsync(session, ScanText.Versions, "key_version", owner: 0, TakeVersion).ConfigureAwait(false))
        {
            await QuarantineAsync(session, "Version", version, version.Id, RepairText.DropVersion, ("@name", version.Id)).ConfigureAwait(false);
        }

        foreach (UnopenedRow key in keys)
        {
            Name(key.Owner).LostKey = true;
            await QuarantineAsync(session, "Key", key, key.Owner, RepairText.DropKey, ("@incarnation", long.Parse(key.Id, CultureInfo.InvariantCulture))).ConfigureAwait(false);
        }

        foreach (OpenedKey key in _keys.Values)
        {
            await PutKeyRightAsync(session, key).ConfigureAwait(false);
        }

        await PutNamesRightAsync(session).ConfigureAwait(false);
        foreach (UnopenedRow state in await UnopenedAsync(session, RepairText.AllStates, "state_record", owner: 5, row => store.States.Read(row.GetString(5), row)).ConfigureAwait(false))
        {
            // To take away what limits a key's use, or what says which life of the store this is, is nobody's repair.
            if (state.Owner is not ("key.use" or StoreEpoch.Kind))
            {
                await QuarantineAsync(session, "State", state, state.Id, RepairText.DropState, ("@kind", state.Owner), ("@id", state.Id)).ConfigureAwait(false);
            }
        }
    }

    private RepairedName Name(string text)
    {
        if (!_names.TryGetValue(text, out RepairedName? name))
        {
            _names.Add(text, name = new RepairedName(text));
        }

        return name;
    }

    /// <summary>Reads a table; gives each row that does not open.</summary>
    /// <param name="session">The write.</param>
    /// <param name="sql">The statement; its first column tells rows apart.</param>
    /// <param name="table">The table.</param>
    /// <param name="owner">The column that says whose the row is.</param>
    /// <param name="open">Opens the row.</param>
    private static async ValueTask<List<UnopenedRow>> UnopenedAsync(SqlSession session, string sql, string table, int owner, Action<DbDataReader> open)
    {
        List<UnopenedRow> unopened = [];
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
                    unopened.Add(new UnopenedRow(table, Text(row.GetValue(0)), Text(row.GetValue(owner)), Content(row)));
                }
            }
        }

        return unopened;
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
            Name(owner).LostKey = true;
            Name(owner).Say(row.GetInt32(1));
        }
        else
        {
            Name(row.GetString(6)).Say(row.GetInt32(1));
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
        RepairedName name = Name(record.Name.Value);
        name.Prove(record.CurrentNumber);
        if (key.NewestName is null)
        {
            name.LostVersion = true;
            await QuarantineAsync(session, "Key", new UnopenedRow("key_incarnation", Text(record.Incarnation), name.Text, key.Content), name.Text, RepairText.DropKey, ("@incarnation", record.Incarnation)).ConfigureAwait(false);
            return;
        }

        object? order = key.DeletedOrder;
        List<string> actions = [];
        if (key.NewestNumber != record.CurrentNumber)
        {
            name.LostVersion = true;
            actions.Add($"its newest version is {Printable.Text(key.NewestName)} from now on");
            record = record with { CurrentNumber = key.NewestNumber, CurrentName = KeyVersionName.Parse(key.NewestName), CurrentMs = key.NewestMs };
        }

        if (record.DeletedMs is null != key.DeletedOrder is null)
        {
            actions.Add(record.DeletedMs is null ? "its column says as its seal that it is in use" : "its column says as its seal that it is deleted");
            order = await OrderAsync(session, record).ConfigureAwait(false);
        }

        name.HasDeleted |= order is not null;
        if (actions.Count > 0)
        {
            await KeepAsync(session, "key_incarnation", key.Content).ConfigureAwait(false);
            SealedRow box = rows.SealRecord(record);
            await session.Command(SqlText.MoveKey, ("@order", order), ("@key", box.KeyId), ("@sealed", box.Box), ("@incarnation", record.Incarnation)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            _repairs.Add(new StoreRepair("Key", Printable.Text(name.Text), string.Join("; ", actions)));
        }
    }

    private static async ValueTask<object?> OrderAsync(SqlSession session, KeyRecord record)
    {
        bool isTaken = Convert.ToInt64(await session.Command(RepairText.IsInUse, ("@name", record.Name.Value)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false), CultureInfo.InvariantCulture) > 0;
        return record.DeletedMs is null && !isTaken ? null : await session.Command(SqlText.NextDeletedOrder).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask PutNamesRightAsync(SqlSession session)
    {
        await ReadMarksAsync(session).ConfigureAwait(false);
        foreach (RepairedName name in _names.Values.Where(static name => name.NeedsRow).OrderBy(static name => name.Text, StringComparer.Ordinal))
        {
            int next = name.Next;
            if (name.Mark >= next || !KeyName.TryParse(name.Text, out KeyName key))
            {
                continue;
            }

            if (name.Row is { } before)
            {
                await KeepAsync(session, "key_name", before).ConfigureAwait(false);
            }

            SealedRow box = rows.SealName(key, next);
            await session.Command(SqlText.SetName, ("@name", name.Text), ("@next", next), ("@key", box.KeyId), ("@seal", box.Box)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            _repairs.Add(new StoreRepair("Name", Printable.Text(name.Text), string.Create(CultureInfo.InvariantCulture, $"its next version gets the number {next}")));
        }
    }

    // The rows that remember names, with their numbers where these can be trusted.
    private async ValueTask ReadMarksAsync(SqlSession session)
    {
        DbDataReader row = await session.Command(ScanText.Names).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                RepairedName name = Name(row.GetString(0));
                (name.Mark, name.Row) = (ReadMark(row, name.Text), Content(row));
            }
        }
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

    private async ValueTask QuarantineAsync(SqlSession session, string kind, UnopenedRow row, string subject, string drop, params (string Name, object? Value)[] place)
    {
        await KeepAsync(session, row.Table, row.Content).ConfigureAwait(false);
        await session.Command(drop, place).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        _repairs.Add(new StoreRepair(kind, Printable.Text(subject), "it does not open; its row is put into quarantine"));
    }

    private async ValueTask KeepAsync(SqlSession session, string source, string content) =>
        await session.Command(RepairText.Keep, ("@id", Guid.NewGuid().ToString("n")), ("@now", store.NowMs), ("@source", source), ("@content", content)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);

    // The columns as they are, so that the row can be put back by hand: bytes in hexadecimal.
    private static string Content(DbDataReader row) => JsonSerializer.Serialize(
        Enumerable.Range(0, row.FieldCount).Select(column => KeyValuePair.Create($"{column} {row.GetName(column)}", row.GetValue(column) is byte[] bytes ? Convert.ToHexStringLower(bytes) : Text(row.GetValue(column)))).ToDictionary());

    private static string Text(object? value) => value is byte[] bytes ? Convert.ToHexStringLower(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>A row that does not open.</summary>
    /// <param name="Table">Where it is.</param>
    /// <param name="Id">Its first column.</param>
    /// <param name="Owner">Whose it is, as a column says.</param>
    /// <param name="Content">All of its columns.</param>
    private sealed record UnopenedRow(string Table, string Id, string Owner, string Content);

    private sealed record OpenedKey(KeyRecord Record, long? DeletedOrder, string Content)
    {
        internal int NewestNumber { get; init; } = -1;

        internal string? NewestName { get; init; }

        internal long NewestMs { get; init; }
    }
}
