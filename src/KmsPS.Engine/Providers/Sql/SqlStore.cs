using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>An open database whose schema is current and whose store key has been proved: what keys and state both stand on.</summary>
internal sealed class SqlStore : IAsyncDisposable
{
    private const string CanaryPurpose = "KmsPS canary 1";

    private readonly Dictionary<string, KeySealer> _sealers = new(StringComparer.Ordinal);
    private byte[] _storeId = [];
    private byte[] _currentKeyId = [];

    private SqlStore(ISqlDialect dialect, TimeProvider time)
    {
        Sessions = new SqlSessions(dialect, time);
        Time = time;
    }

    internal SqlSessions Sessions { get; }

    internal TimeProvider Time { get; }

    internal string Place => Sessions.Dialect.Place;

    internal long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static ReadOnlySpan<byte> Canary => "the store key is the right one"u8;

    /// <summary>Opens a store; makes it, with its store key, where there is none. Reads no key.</summary>
    /// <exception cref="KmsException">Damaged, of a newer release, or sealed under a store key that the source does not hold.</exception>
    internal static async ValueTask<SqlStore> OpenAsync(ISqlDialect dialect, IStoreKeySource source, TimeProvider time, CancellationToken cancellationToken)
    {
        SqlStore store = new(dialect, time);
        try
        {
            if (!await store.Sessions.ReadAsync(store, IsCurrentAsync, cancellationToken).ConfigureAwait(false))
            {
                bool made = await store.Sessions.WriteAsync((store, source), MakeOrMoveAsync, cancellationToken).ConfigureAwait(false);
                if (made)
                {
                    await source.SettleAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            await store.ProveAsync(source, cancellationToken).ConfigureAwait(false);
            if (!source.IsSettled)
            {
                // Whoever made the store was stopped between its commit and the last step.
                await source.SettleAsync(cancellationToken).ConfigureAwait(false);
            }

            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Id of the store key that seals from now on.</summary>
    internal byte[] CurrentKeyId => _currentKeyId;

    /// <summary>What every seal binds first: what the row is, which store it belongs to and which store key sealed it.</summary>
    internal RowWriter Bind(string purpose, ReadOnlySpan<byte> storeKeyId)
    {
        RowWriter writer = new(purpose);
        writer.Add(_storeId);
        writer.Add(storeKeyId);
        return writer;
    }

    /// <summary>Seals under the current store key.</summary>
    internal byte[] Seal(ReadOnlySpan<byte> plain, RowWriter bound) => _sealers[Convert.ToHexStringLower(_currentKeyId)].Seal(plain, bound.Span);

    /// <summary>Opens a seal; the caller disposes what it gets. <paramref name="what"/> names the row in the error's text.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.StoreCorrupt"/>: some byte of the row, or its place, is not what was written.</exception>
    internal SecretBytes Open(ReadOnlySpan<byte> storeKeyId, ReadOnlySpan<byte> box, RowWriter bound, string what)
    {
        if (!_sealers.TryGetValue(Convert.ToHexStringLower(storeKeyId), out KeySealer? sealer))
        {
            throw Damaged(what, "it is sealed under a store key that this store does not list");
        }

        return sealer.TryOpen(box, bound.Span) ?? throw Damaged(what, "it is not what was written there");
    }

    /// <summary>Proves that the database answers and that the store key opens its canary.</summary>
    internal async ValueTask SelfTestAsync(CancellationToken cancellationToken)
    {
        foreach ((byte[] id, byte[] canary) in await Sessions.ReadAsync(this, ListStoreKeysAsync, cancellationToken).ConfigureAwait(false))
        {
            Open(id, canary, Bind(CanaryPurpose, id), "the canary").Dispose();
        }
    }

    internal KmsException Damaged(string what, string why, Exception? inner = null) =>
        new(ErrorKind.StoreCorrupt, $"In the store {Place} the row of {what} cannot be trusted: {why}", "Restore the store from a backup; the other rows are not affected.", isTransient: false, inner) { Subject = Place };

    public async ValueTask DisposeAsync()
    {
        await Sessions.DisposeAsync().ConfigureAwait(false);
        foreach (KeySealer sealer in _sealers.Values)
        {
            sealer.Dispose();
        }
    }

    private static async ValueTask<bool> IsCurrentAsync(SqlSession session, SqlStore store, CancellationToken cancellationToken) =>
        await store.HasTableAsync(session, "store", cancellationToken).ConfigureAwait(false)
        && await store.ReadVersionAsync(session, cancellationToken).ConfigureAwait(false) == store.Sessions.Dialect.SchemaScripts.Count;

    private async ValueTask<bool> HasTableAsync(SqlSession session, string table, CancellationToken cancellationToken) =>
        Convert.ToInt64(await session.Command(Sessions.Dialect.HasTable, ("@name", table)).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture) > 0;

    private async ValueTask<int> ReadVersionAsync(SqlSession session, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(SqlText.ReadStore).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw Damaged("the store itself", "it is missing");
            }

            int version = row.GetInt32(0);
            _storeId = (byte[])row.GetValue(1);
            int known = Sessions.Dialect.SchemaScripts.Count;
            return version <= known ? version : throw new KmsException(
                ErrorKind.StoreUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"The store {Place} has schema version {version}; this release knows versions up to {known}"),
                "Use the release that wrote it, or a newer one.") { Subject = Place };
        }
    }

    // Inside a write: of several servers that start at once, one makes the store and the others find it made.
    private static async ValueTask<bool> MakeOrMoveAsync(SqlSession session, (SqlStore Store, IStoreKeySource Source) job)
    {
        SqlStore store = job.Store;
        if (store.Sessions.Dialect.LockSchema is { Length: > 0 } wait)
        {
            await session.RunAsync(wait, CancellationToken.None).ConfigureAwait(false);
        }

        IReadOnlyList<string> scripts = store.Sessions.Dialect.SchemaScripts;
        bool exists = await store.HasTableAsync(session, "store", CancellationToken.None).ConfigureAwait(false);
        if (!exists)
        {
            store.RefuseLostContent(job.Source);
        }

        int version = exists ? await store.ReadVersionAsync(session, CancellationToken.None).ConfigureAwait(false) : 0;
        foreach (string script in scripts.Skip(version))
        {
            await session.RunScriptAsync(script, CancellationToken.None).ConfigureAwait(false);
        }

        if (exists)
        {
            await session.Command(SqlText.MoveSchema, ("@version", scripts.Count)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }

        await store.WriteFirstRowsAsync(session, job.Source, scripts.Count).ConfigureAwait(false);
        return true;
    }

    private void RefuseLostContent(IStoreKeySource source)
    {
        if (source.IsSettled)
        {
            throw new KmsException(
                ErrorKind.StoreCorrupt,
                $"The store {Place} is empty, but its store key {source.Place} exists: its content was lost",
                "Restore the database from a backup. If you mean to begin anew, move the key file away first.") { Subject = Place };
        }
    }

    private async ValueTask WriteFirstRowsAsync(SqlSession session, IStoreKeySource source, int version)
    {
        using StoreKey key = await source.CreateAsync(CancellationToken.None).ConfigureAwait(false);
        using KeySealer sealer = new(key.Key);
        _storeId = RandomNumberGenerator.GetBytes(StoreKey.IdLength);
        await session.Command(SqlText.WriteStore, ("@version", version), ("@store", _storeId), ("@now", NowMs)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        byte[] canary = sealer.Seal(Canary, Bind(CanaryPurpose, key.Id.Span).Span);
        await session.Command(SqlText.AddStoreKey, ("@id", key.Id.ToArray()), ("@now", NowMs), ("@canary", canary)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask ProveAsync(IStoreKeySource source, CancellationToken cancellationToken)
    {
        List<(byte[] Id, byte[] Canary)> listed = await Sessions.ReadAsync(this, ListStoreKeysAsync, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<StoreKey> keys = await source.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach ((byte[] id, byte[] canary) in listed)
            {
                StoreKey key = keys.FirstOrDefault(held => held.Id.Span.SequenceEqual(id)) ?? throw WrongKey(source, id, keys);
                KeySealer sealer = new(key.Key);
                _sealers.Add(key.Name, sealer);
                using SecretBytes opened = sealer.TryOpen(canary, Bind(CanaryPurpose, id).Span) ?? throw WrongKey(source, id, keys);
            }

            _currentKeyId = listed is [.., var last] ? last.Id : throw Damaged("the store key", "it is missing");
        }
        finally
        {
            foreach (StoreKey key in keys)
            {
                key.Dispose();
            }
        }
    }

    private KmsException WrongKey(IStoreKeySource source, byte[] wanted, IReadOnlyList<StoreKey> held) => new(
        ErrorKind.StoreCorrupt,
        $"The store {Place} is sealed under store key {Convert.ToHexStringLower(wanted)}, and {source.Place} does not hold it (it holds {string.Join(", ", held.Select(static key => key.Name))})",
        "Put the key file back that belongs to this store.") { Subject = Place };

    private static async ValueTask<List<(byte[] Id, byte[] Canary)>> ListStoreKeysAsync(SqlSession session, SqlStore store, CancellationToken cancellationToken)
    {
        await store.ReadVersionAsync(session, cancellationToken).ConfigureAwait(false);
        List<(byte[], byte[])> listed = [];
        DbDataReader rows = await session.Command(SqlText.ListStoreKeys).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                listed.Add(((byte[])rows.GetValue(0), (byte[])rows.GetValue(1)));
            }
        }

        return listed;
    }
}
