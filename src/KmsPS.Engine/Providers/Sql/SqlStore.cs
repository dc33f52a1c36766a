using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>An open database whose schema is current and whose store key has been proved: what keys and state both stand on.</summary>
internal sealed class SqlStore : IAsyncDisposable
{
    // The oldest schema that a release must know to work with the store. It moves only with a script that takes something away or gives
    // it another meaning; additive ones leave it, so that the release before goes on working on the same database.
    private const int OldestUsable = 3;

    /// <summary>The sequence that counts schema scripts.</summary>
    internal const string SchemaStep = "schema.step";

    private byte[] _storeId = [];

    private SqlStore(ISqlDialect dialect, IStoreKeySource source, string? epochFile, TimeProvider time)
    {
        Sessions = new SqlSessions(dialect, time);
        Keys = new StoreKeyRing(this, source);
        States = new SqlStateStore(this);
        Gate = new EpochGate(this, epochFile is null ? null : new EpochMark(epochFile));
        Time = time;
        Incarnations = new Incarnations(time);
    }

    internal SqlSessions Sessions { get; }

    /// <summary>Numbers of new keys.</summary>
    internal Incarnations Incarnations { get; }

    /// <summary>The store keys in use.</summary>
    internal StoreKeyRing Keys { get; }

    /// <summary>What servers on the store share.</summary>
    internal SqlStateStore States { get; }

    /// <summary>Keeps databases out that are older than one that was seen.</summary>
    internal EpochGate Gate { get; }

    /// <summary>The store's id as people read it.</summary>
    internal string Name => Convert.ToHexStringLower(_storeId);

    internal TimeProvider Time { get; }

    internal string Place => Sessions.Dialect.Place;

    internal long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens a store; makes it, with its store key, where there is none. Reads no key.</summary>
    /// <param name="dialect">The database.</param>
    /// <param name="source">Where its store keys come from; owned by the store.</param>
    /// <param name="epochFile">Where this machine remembers the store's epoch; <see langword="null"/> for a store that is thrown away.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KmsException">Damaged, of a newer release, sealed under a store key that the source does not hold, or older than one that was seen.</exception>
    internal static async ValueTask<SqlStore> OpenAsync(ISqlDialect dialect, IStoreKeySource source, string? epochFile, TimeProvider time, CancellationToken cancellationToken)
    {
        SqlStore store = new(dialect, source, epochFile, time);
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

            await store.ProveAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>Opens a store as it stands: it is neither made nor moved. Reads no key.</summary>
    /// <returns><see langword="null"/> where there is none; the key source is given up then.</returns>
    /// <exception cref="KmsException">As for <see cref="OpenAsync"/>, or an older release made its tables.</exception>
    internal static async ValueTask<SqlStore?> FindAsync(ISqlDialect dialect, IStoreKeySource source, string? epochFile, TimeProvider time, CancellationToken cancellationToken)
    {
        SqlStore store = new(dialect, source, epochFile, time);
        try
        {
            if (!dialect.IsThere || !await store.Sessions.ReadAsync(store, static (session, store, stop) => store.HasTableAsync(session, "store", stop), cancellationToken).ConfigureAwait(false))
            {
                store.RefuseLostContent(source);
                await store.DisposeAsync().ConfigureAwait(false);
                return null;
            }

            if (!await store.Sessions.ReadAsync(store, IsCurrentAsync, cancellationToken).ConfigureAwait(false))
            {
                throw new KmsException(ErrorKind.StoreUnavailable, $"The store {store.Place} has the tables of an older release, and they are moved when it is opened", "Open it without -WhatIf: Connect-KmsProvider moves them. Then ask again.") { Subject = store.Place };
            }

            await store.ProveAsync(cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What seals from now on. Taken once for each row: it may move to another store key between two looks.</summary>
    internal StoreSeal Current => Keys.Current;

    /// <summary>What every seal binds first: what the row is, which store it belongs to and which store key sealed it.</summary>
    internal RowWriter Bind(string purpose, ReadOnlySpan<byte> storeKeyId)
    {
        RowWriter writer = new(purpose);
        writer.Add(_storeId);
        writer.Add(storeKeyId);
        return writer;
    }

    /// <summary>Opens a seal; the caller disposes what it gets. <paramref name="what"/> names the row in the error's text.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.StoreCorrupt"/>: some byte of the row, or its place, is not what was written.</exception>
    internal SecretBytes Open(ReadOnlySpan<byte> storeKeyId, ReadOnlySpan<byte> box, RowWriter bound, string what) =>
        Keys.Of(storeKeyId, what).Sealer.TryOpen(box, bound.Span) ?? throw Damaged(what, "it is not what was written there");

    /// <summary>Whether this is the store's id.</summary>
    internal bool IsNamed(ReadOnlySpan<byte> id) => id.SequenceEqual(_storeId);

    /// <summary>Proves that the database answers and that the store key opens its canary.</summary>
    internal async ValueTask SelfTestAsync(CancellationToken cancellationToken)
    {
        await Sessions.ProbeAsync(cancellationToken).ConfigureAwait(false);
        await Sessions.ReadAsync(this, static (session, store, stop) => store.ReadVersionAsync(session, stop), cancellationToken).ConfigureAwait(false);
        await Keys.TestAsync(cancellationToken).ConfigureAwait(false);
    }

    internal KmsException Damaged(string what, string why, Exception? inner = null) =>
        new(ErrorKind.StoreCorrupt, $"In the store {Place} the row of {what} cannot be trusted: {why}", "Test-KmsKeyStore -Deep names every such row. Repair-KmsKeyStore puts right what can be; the rest is in a backup. The other rows are not affected.", isTransient: false, inner) { Subject = Place };

    /// <summary>What is said of a row whose store key nobody lists; whoever reads it looks at the list once more first.</summary>
    internal StoreKeyMovedException UnknownKey(string what)
    {
        KmsException damaged = Damaged(what, "it is sealed under a store key that this store does not list");
        return new StoreKeyMovedException(damaged.Kind, damaged.Message, damaged.Remedy!) { Subject = Place };
    }

    public async ValueTask DisposeAsync()
    {
        await Sessions.DisposeAsync().ConfigureAwait(false);
        Keys.Dispose();
    }

    private async ValueTask ProveAsync(CancellationToken cancellationToken)
    {
        await Keys.ProveAsync(cancellationToken).ConfigureAwait(false);
        Sessions.Guard = Keys;
        await Gate.OpenAsync(cancellationToken).ConfigureAwait(false);
        Sessions.Gate = Gate;
    }

    private static async ValueTask<bool> IsCurrentAsync(SqlSession session, SqlStore store, CancellationToken cancellationToken) =>
        await store.HasTableAsync(session, "store", cancellationToken).ConfigureAwait(false)
        && await ReadStepAsync(session, await store.ReadVersionAsync(session, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false) >= store.Sessions.Dialect.SchemaScripts.Count;

    // The last script that ran. Stores that were made before scripts were counted have run as many as their version says.
    private static async ValueTask<int> ReadStepAsync(SqlSession session, int version, CancellationToken cancellationToken) =>
        await session.Command(SqlText.ReadSequence, ("@name", SchemaStep)).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } step
            ? Convert.ToInt32(step, CultureInfo.InvariantCulture)
            : version;

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
            
            // Once the store is open, another id is another store, and EpochGate's business.
            _storeId = Sessions.Gate is null ? (byte[])row.GetValue(1) : _storeId;
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
        int step = exists ? await ReadStepAsync(session, version, CancellationToken.None).ConfigureAwait(false) : 0;
        foreach (string script in scripts.Skip(step))
        {
            await session.RunScriptAsync(script, CancellationToken.None).ConfigureAwait(false);
        }

        await session.Command(SqlText.SetSequence, ("@name", SchemaStep), ("@value", (long)Math.Max(step, scripts.Count))).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);

        if (exists)
        {
            await session.Command(SqlText.MoveSchema, ("@version", Math.Max(version, OldestUsable))).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }

        await store.WriteFirstRowsAsync(session, job.Source, OldestUsable).ConfigureAwait(false);
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
        _storeId = RandomNumberGenerator.GetBytes(StoreKey.IdLength);
        await session.Command(SqlText.WriteStore, ("@version", version), ("@store", _storeId), ("@now", NowMs)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        await AddStoreKeyAsync(session, key, NowMs).ConfigureAwait(false);
    }

    /// <summary>Makes a store key the newest, inside a write.</summary>
    internal async ValueTask AddStoreKeyAsync(SqlSession session, StoreKey key, long now)
    {
        byte[] id = key.Id.ToArray();
        await session.Command(SqlText.AddStoreKey, ("@id", id), ("@now", now), ("@canary", Keys.SealCanary(key))).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        if (Sessions.Dialect.TellStoreKey is { Length: > 0 } tell)
        {
            await session.Command(tell, ("@id", id)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}
