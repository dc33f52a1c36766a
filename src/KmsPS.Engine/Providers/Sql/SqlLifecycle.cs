using System.Data.Common;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What becomes of keys after they were made: limited, deleted, restored, purged, last used. Each runs inside a write to the key.</summary>
internal sealed class SqlLifecycle
{
    private const string DeletedOrder = "deleted.order";

    private readonly SqlKeyProvider _provider;
    private readonly SqlStore _store;
    private readonly KeyRows _rows;
    private readonly KeyUseRows _uses;

    internal SqlLifecycle(SqlKeyProvider provider, SqlStore store, KeyRows rows)
    {
        _provider = provider;
        _store = store;
        _rows = rows;
        _uses = new KeyUseRows(store);
        Ledger = new UseLedger(store.Time, WriteUsesAsync);
    }

    /// <summary>The uses that are noted and not yet written.</summary>
    internal UseLedger Ledger { get; }

    /// <summary>A key in use with its versions and their last uses.</summary>
    internal async ValueTask<KeyLifecycle?> FindAsync(SqlSession session, KeyName name, CancellationToken cancellationToken)
    {
        if (await SqlKeyProvider.FindKeyAsync(session, (_provider, SqlText.FindKey, name), cancellationToken).ConfigureAwait(false) is not { } row)
        {
            return null;
        }

        Dictionary<string, long> uses = await ReadUsesAsync(session, row.Record.Incarnation, cancellationToken).ConfigureAwait(false);
        List<VersionFacts> facts = [];
        foreach (KeyVersion version in await SqlKeyProvider.ReadVersionsAsync(session, (_rows, name), cancellationToken).ConfigureAwait(false))
        {
            using (version)
            {
                long used = Math.Max(uses.GetValueOrDefault(version.Name.Value), Ledger.Noted(version.Name.Value) ?? 0);
                facts.Add(new VersionFacts(version.Name, version.Created, version.Use, version.Name == row.Record.CurrentName, used > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null));
            }
        }

        return new KeyLifecycle(row.Metadata, facts);
    }

    /// <summary>A key in use with all its versions, disabled ones with their material. One statement, so all of one time.</summary>
    internal async ValueTask<KeyImage?> ReadImageAsync(SqlSession session, KeyName name, CancellationToken cancellationToken)
    {
        List<KeyVersion> versions = [];
        KeyMetadata? key = null;
        try
        {
            DbDataReader row = await session.Command(SqlText.ListVersions, ("@name", name.Value)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    (KeyVersion version, KeyRow of) = _rows.ReadVersion(row, isForCopy: true);
                    versions.Add(version);
                    key = of.Metadata;
                }
            }
        }
        catch
        {
            versions.ForEach(static version => version.Dispose());
            throw;
        }

        return key is null ? null : new KeyImage(key, versions);
    }

    /// <summary>Changes what may be done with a key.</summary>
    internal async ValueTask<KeyMetadata> ChangeAsync(SqlSession session, LifecycleChange change)
    {
        KeyRow key = await RequireAsync(session, change.Key).ConfigureAwait(false);
        (int Number, long CreatedMs) place = change.Version is { } named ? await PlaceAsync(session, key.Record, named).ConfigureAwait(false) : default;
        KeyUse use = key.Use.Use.After(change, key.Record.CurrentName);
        if (use.Equals(key.Use.Use))
        {
            return key.Metadata;
        }

        if (change is { Action: LifecycleAction.DestroyVersion, Version: { } destroyed })
        {
            SealedRow box = _rows.SealDestroyed(key.Record, destroyed, place.Number, place.CreatedMs);
            await session.Command(SqlText.MoveVersion, ("@key", box.KeyId), ("@sealed", box.Box), ("@name", destroyed.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        KeyRecord record = await _uses.WriteAsync(session, key, use).ConfigureAwait(false);
        await _provider.MoveAsync(session, record, null).ConfigureAwait(false);
        return (key with { Record = record, Use = new KeyUseRow(use, key.Use.Revision + 1) }).Metadata;
    }

    /// <summary>Deletes a key, softly; a planned deletion is none any more.</summary>
    internal async ValueTask<bool> DeleteAsync(SqlSession session, KeyName name)
    {
        KeyRow row = await RequireAsync(session, name).ConfigureAwait(false);

        // Holds back whoever deletes another key meanwhile: no two deletes share a place in the order, or a page would skip one.
        await SqlStateStore.StepAsync(session, DeletedOrder).ConfigureAwait(false);
        object? order = await session.Command(SqlText.NextDeletedOrder).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
        KeyRecord record = row.Use.Use.DeletionDue is null ? row.Record : await _uses.WriteAsync(session, row, row.Use.Use.AfterDeletion).ConfigureAwait(false);
        await _provider.MarkNameAsync(session, name, row.NextNumber).ConfigureAwait(false);
        await _provider.MoveAsync(session, record with { DeletedMs = _store.NowMs }, order).ConfigureAwait(false);
        return true;
    }

    /// <summary>Brings the key back that was deleted last.</summary>
    internal async ValueTask<KeyMetadata> RestoreAsync(SqlSession session, KeyName name)
    {
        KeyRow row = await _provider.FindKeyAsync(session, SqlText.FindDeleted, name).ConfigureAwait(false) ?? throw KeyFaults.NotDeleted(name, _provider.Uri.Text);
        if (await _provider.FindKeyAsync(session, SqlText.FindKey, name).ConfigureAwait(false) is not null)
        {
            throw KeyFaults.AlreadyExists(name, _provider.Uri.Text);
        }

        KeyRow restored = row with { Record = row.Record with { DeletedMs = null } };
        await _provider.MoveAsync(session, restored.Record, null).ConfigureAwait(false);
        return restored.Metadata;
    }

    /// <summary>Destroys every deleted key of that name.</summary>
    internal async ValueTask<int> PurgeAsync(SqlSession session, KeyName name)
    {
        await session.Command(SqlText.PurgeUses, ("@name", name.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        await session.Command(SqlText.PurgeVersions, ("@name", name.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        int purged = await session.Command(SqlText.PurgeKeys, ("@name", name.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return purged > 0 ? purged : throw KeyFaults.NotDeleted(name, _provider.Uri.Text);
    }

    private async ValueTask<KeyRow> RequireAsync(SqlSession session, KeyName name) =>
        await _provider.FindKeyAsync(session, SqlText.FindKey, name).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(name, _provider.Uri.Text);

    // When the key's versions were last used, as far as it is written, in epoch milliseconds.
    private static async ValueTask<Dictionary<string, long>> ReadUsesAsync(SqlSession session, long incarnation, CancellationToken cancellationToken)
    {
        Dictionary<string, long> uses = new(StringComparer.Ordinal);
        DbDataReader row = await session.Command(SqlText.ListUses, ("@incarnation", incarnation)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                uses.Add(row.GetString(0), row.GetInt64(1));
            }
        }

        return uses;
    }

    // All in one transaction.
    private async ValueTask WriteUsesAsync(IReadOnlyList<VersionLastUse> uses, CancellationToken cancellationToken) =>
        await _store.Sessions.WriteAsync(uses, static async (session, uses) =>
        {
            foreach (VersionLastUse use in uses)
            {
                await session.Command(SqlText.NoteUse, ("@at", use.AtMs), ("@version", use.Version)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }

            return uses.Count;
        }, cancellationToken).ConfigureAwait(false);

    private static async ValueTask<(int Number, long CreatedMs)> PlaceAsync(SqlSession session, KeyRecord key, KeyVersionName version)
    {
        DbDataReader row = await session.Command(SqlText.FindPlace, ("@name", version.Value), ("@incarnation", key.Incarnation)).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? (row.GetInt32(0), row.GetInt64(1)) : throw KeyFaults.VersionNotFound(version);
        }
    }
}
