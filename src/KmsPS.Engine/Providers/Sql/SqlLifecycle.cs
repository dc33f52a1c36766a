using System.Data.Common;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What is written and read of keys besides making, rolling and deleting them. Its writes are the provider's writes.</summary>
internal sealed class SqlLifecycle(SqlStore store, KeyRows rows)
{
    private readonly KeyUseRows _uses = new(store);

    /// <summary>Inside a write to the key: changes what may be done with it.</summary>
    internal async ValueTask<KeyMetadata> ChangeAsync(SqlSession session, KeyRow key, LifecycleChange change)
    {
        (int Number, long CreatedMs) place = change.Version is { } named ? await PlaceAsync(session, key.Record, named).ConfigureAwait(false) : default;
        KeyUse use = key.Use.Use.After(change, key.Record.CurrentName);
        if (use.Equals(key.Use.Use))
        {
            return key.Metadata;
        }

        if (change is { Action: LifecycleAction.DestroyVersion, Version: { } destroyed })
        {
            SealedRow box = rows.SealDestroyed(key.Record, destroyed, place.Number, place.CreatedMs);
            await session.Command(SqlText.MoveVersion, ("@key", box.KeyId), ("@sealed", box.Box), ("@name", destroyed.Value)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return (key with { Record = await LimitAsync(session, key, use).ConfigureAwait(false), Use = new KeyUseRow(use, key.Use.Revision + 1) }).Metadata;
    }

    /// <summary>Inside a write that deletes the key: a planned deletion is none any more. Gives the key's record to go on with.</summary>
    internal async ValueTask<KeyRecord> EndPlanAsync(SqlSession session, KeyRow key) => key.Use.Use.DeletionDue is null
        ? key.Record
        : await _uses.WriteAsync(session, key, key.Use.Use.AfterDeletion).ConfigureAwait(false);

    /// <summary>When the key's versions were last used, as far as it is written, in epoch milliseconds.</summary>
    internal static async ValueTask<Dictionary<string, long>> ReadUsesAsync(SqlSession session, long incarnation, CancellationToken cancellationToken)
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

    /// <summary>Writes last uses, all in one transaction.</summary>
    internal async ValueTask WriteUsesAsync(IReadOnlyList<VersionLastUse> uses, CancellationToken cancellationToken) =>
        await store.Sessions.WriteAsync(uses, static async (session, uses) =>
        {
            foreach (VersionLastUse use in uses)
            {
                await session.Command(SqlText.NoteUse, ("@at", use.AtMs), ("@version", use.Version)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }

            return uses.Count;
        }, cancellationToken).ConfigureAwait(false);

    private async ValueTask<KeyRecord> LimitAsync(SqlSession session, KeyRow key, KeyUse use)
    {
        KeyRecord record = await _uses.WriteAsync(session, key, use).ConfigureAwait(false);
        SealedRow box = rows.SealRecord(record);
        await session.Command(SqlText.MoveKey, ("@order", null), ("@key", box.KeyId), ("@sealed", box.Box), ("@incarnation", record.Incarnation)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return record;
    }

    private static async ValueTask<(int Number, long CreatedMs)> PlaceAsync(SqlSession session, KeyRecord key, KeyVersionName version)
    {
        DbDataReader row = await session.Command(SqlText.FindPlace, ("@name", version.Value), ("@incarnation", key.Incarnation)).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? (row.GetInt32(0), row.GetInt64(1)) : throw KeyFaults.VersionNotFound(version);
        }
    }
}
