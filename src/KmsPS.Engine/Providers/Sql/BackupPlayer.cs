using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What the first record of a backup says of the store.</summary>
/// <param name="StoreId">The store's id.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Place">Where it was.</param>
internal sealed record BackedUpStore(string StoreId, long Epoch, string Place);

/// <summary>Writes a backup's rows into an empty store, each sealed for it, inside one write.</summary>
/// <param name="store">The empty store.</param>
/// <param name="rows">How rows of keys are sealed.</param>
/// <param name="numberGap">Version numbers to leave out for each name.</param>
internal sealed class BackupPlayer(SqlStore store, KeyRows rows, int numberGap)
{
    private readonly Dictionary<long, KeyRecord> _keys = [];
    private readonly HashSet<string> _marked = new(StringComparer.Ordinal);
    private long _names;
    private long _versions;
    private long _states;
    private StoreCounts? _end;

    internal BackedUpStore? Source { get; private set; }

    internal StoreCounts Counts => new(_names, _keys.Count, _versions, _states);

    internal long Canaries { get; private set; }

    internal long MissingAtBackup { get; private set; }

    /// <summary>Reads a backup to its end.</summary>
    internal async ValueTask PlayAsync(SqlSession session, BackupReader reader, string path, IProgress<StoreProgress>? progress)
    {
        try
        {
            while (reader.Next() is { } record)
            {
                using (record)
                {
                    await TakeAsync(session, record, path).ConfigureAwait(false);
                }

                if (_versions % 256 == 0)
                {
                    progress?.Report(new StoreProgress("Bringing rows back", _versions, _versions));
                }
            }
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or ArgumentException or InvalidCastException or KmsException { Kind: ErrorKind.KeyNameInvalid or ErrorKind.InvalidRequest })
        {
            throw BackupFaults.Damaged(path, "a record does not have its layout", failure);
        }

        if (Source is null || _end is null || _end != Counts)
        {
            throw BackupFaults.Damaged(path, "it does not hold what its end says");
        }
    }

    private ValueTask TakeAsync(SqlSession session, SecretBytes record, string path)
    {
        if (_end is not null)
        {
            throw BackupFaults.Damaged(path, "there are records behind its end");
        }

        using SecretLease lease = record.Open();
        RowReader reader = new(lease.Span);
        string kind = reader.Text();
        if (Source is null != (kind == BackupRecords.Store))
        {
            throw kind == BackupRecords.File
                ? new KmsException(ErrorKind.Unsupported, $"The backup {path} is of a keystore file, not of a database", "Name a jceks:// store with -Provider.")
                : BackupFaults.Damaged(path, "it does not begin with the store");
        }

        switch (kind)
        {
            case BackupRecords.Store:
                Source = new BackedUpStore(reader.Text(), reader.Number(), reader.Text());
                return default;
            case BackupRecords.Name:
                return TakeNameAsync(session, KeyName.Parse(reader.Text()), checked((int)reader.Number()));
            case BackupRecords.Key:
                return TakeKeyAsync(session, reader.Number(), reader.Text(), reader.Number(), reader.Bytes());
            case BackupRecords.Version:
                return TakeVersionAsync(session, reader.Number(), reader.Text(), checked((int)reader.Number()), reader.Number(), SecretBytes.CopyOf(reader.Bytes()));
            case BackupRecords.Canary:
                Canaries++;
                return default;
            case BackupRecords.State:
                return TakeStateAsync(session, reader.Text(), reader.Text(), reader.Number(), reader.Number(), reader.Bytes());
            case BackupRecords.Sequence:
                return RunAsync(session, ScanText.RaiseSequence, ("@name", reader.Text()), ("@value", reader.Number()));
            case BackupRecords.End:
                _end = new StoreCounts(reader.Number(), reader.Number(), reader.Number(), reader.Number());
                MissingAtBackup = reader.Number();
                return default;
            default:
                throw new KmsException(ErrorKind.Unsupported, $"The backup {path} has records that this release does not know", "Restore it with the release that made it, or a newer one.");
        }
    }

    private ValueTask TakeNameAsync(SqlSession session, KeyName name, int next)
    {
        if (!_marked.Add(name.Value))
        {
            throw new FormatException("A name comes twice.");
        }

        int from = checked(next + numberGap);
        SealedRow row = rows.SealName(name, from);
        _names++;
        return RunAsync(session, SqlText.SetName, ("@name", name.Value), ("@next", from), ("@key", row.KeyId), ("@seal", row.Box));
    }

    private ValueTask TakeKeyAsync(SqlSession session, long incarnation, string name, long deletedOrder, ReadOnlySpan<byte> facts)
    {
        KeyRecord record = KeyRecord.Decode(incarnation, KeyName.Parse(name), facts);
        _keys.Add(incarnation, record);
        return AddKeyAsync(session, record, deletedOrder == BackupRecords.None ? null : deletedOrder, rows.SealRecord(record));
    }

    private async ValueTask AddKeyAsync(SqlSession session, KeyRecord record, long? deletedOrder, SealedRow row)
    {
        if (!_marked.Contains(record.Name.Value))
        {
            // No key of its name was deleted before the backup. Numbers are left out all the same: it may have been rolled since.
            if (numberGap > 0 || deletedOrder is not null)
            {
                await TakeNameAsync(session, record.Name, checked(record.CurrentNumber + 1)).ConfigureAwait(false);
            }
            else
            {
                _names++;
            }
        }

        await RunAsync(session, ScanText.AddKey, ("@incarnation", record.Incarnation), ("@name", record.Name.Value), ("@order", deletedOrder), ("@key", row.KeyId), ("@sealed", row.Box)).ConfigureAwait(false);
    }

    private ValueTask TakeVersionAsync(SqlSession session, long incarnation, string name, int number, long createdMs, SecretBytes material)
    {
        using (material)
        {
            KeyRecord key = _keys.GetValueOrDefault(incarnation) ?? throw new FormatException("A version comes before its key.");
            SealedRow row = rows.SealVersion(key, KeyVersionName.Parse(name), number, createdMs, material);
            _versions++;
            return RunAsync(session, SqlText.AddVersion, ("@name", name), ("@incarnation", incarnation), ("@number", number), ("@now", createdMs), ("@key", row.KeyId), ("@sealed", row.Box));
        }
    }

    private ValueTask TakeStateAsync(SqlSession session, string kind, string id, long revision, long expiresMs, ReadOnlySpan<byte> payload)
    {
        long? expires = expiresMs == BackupRecords.None ? null : expiresMs;
        SealedRow row = store.States.Seal(kind, id, revision, expires, payload);
        _states++;
        return RunAsync(session, SqlText.AddState, ("@kind", kind), ("@id", id), ("@revision", revision), ("@expires", expires), ("@key", row.KeyId), ("@sealed", row.Box));
    }

    private static async ValueTask RunAsync(SqlSession session, string sql, params (string Name, object? Value)[] values)
    {
        int changed = await session.Command(sql, values).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        if (changed != 1)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"A record changed {changed} rows."));
        }
    }
}
