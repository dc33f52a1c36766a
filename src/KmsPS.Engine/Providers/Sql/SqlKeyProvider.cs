using System.Data.Common;
using System.Runtime.CompilerServices;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Keys in an SQL database, every row sealed. Nothing is read before it is asked for; a delete is soft; a name's numbering never
/// goes back. One write is one transaction, committed before it is announced, announced before it is answered.
/// </summary>
internal sealed class SqlKeyProvider : IKeyProvider, IKeyLifecycle, IChangeSource, IStateHolder
{
    private readonly SqlStore _store;
    private readonly KeyRows _rows;
    private readonly KeyPages _pages;
    private readonly SqlLifecycle _lifecycle;
    private readonly SqlCreation _creation;
    private readonly ISqlChanges _changes;
    private readonly bool _reusesNames;

    /// <param name="uri">The store's URI, as people wrote it.</param>
    /// <param name="store">The open store; disposed with the provider.</param>
    /// <param name="changes">Where changes are announced; disposed with the provider.</param>
    /// <param name="reusesNames">Whether a deleted key's name may be taken again: <c>kmsps.key.deleted.name.reuse</c>.</param>
    internal SqlKeyProvider(ProviderUri uri, SqlStore store, ISqlChanges changes, bool reusesNames)
    {
        Uri = uri;
        _store = store;
        _rows = new KeyRows(store);
        _pages = new KeyPages(store, _rows);
        _lifecycle = new SqlLifecycle(this, store, _rows);
        _creation = new SqlCreation(this, store, _rows, changes);
        _changes = changes;
        _reusesNames = reusesNames;
        Keeper = new SqlKeeper(store, _rows, changes);
    }

    public ProviderUri Uri { get; }

    public IStateStore State => _store.States;

    public IStoreKeeper Keeper { get; }

    public int SlotOf(KeyName key) => _changes.SlotOf(key);

    public long ReadStamp(int slot) => _changes.ReadStamp(slot);

    public long ReadReplacements(int slot) => _changes.ReadReplacements(slot);

    public long ReadRemovals(int slot) => _changes.ReadRemovals(slot);

    public bool IsWatching => _changes.IsWatching;

    public ValueTask SelfTestAsync(CancellationToken cancellationToken) => _store.SelfTestAsync(cancellationToken);

    public async ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken) =>
        (await _store.Sessions.ReadAsync((this, SqlText.FindKey, key), FindKeyAsync, cancellationToken).ConfigureAwait(false))?.Metadata;

    public ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        _store.Sessions.ReadAsync(version, static async (session, version, stop) =>
            await session.Command(SqlText.FindOwner, ("@name", version.Value)).ExecuteScalarAsync(stop).ConfigureAwait(false) is string owner && KeyName.TryParse(owner, out KeyName name)
                ? name
                : (KeyName?)null, cancellationToken);

    public ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken) =>
        _store.Sessions.ReadAsync((this, SqlText.FindVersion, version.Value), FindVersionAsync, cancellationToken);

    public ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken) =>
        _store.Sessions.ReadAsync((this, SqlText.FindCurrent, key.Value), FindVersionAsync, cancellationToken);

    public async IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<KeyVersion> versions = await _store.Sessions.ReadAsync((_rows, key), ReadVersionsAsync, cancellationToken).ConfigureAwait(false);
        int given = 0;
        try
        {
            while (given < versions.Count)
            {
                yield return versions[given++];
            }
        }
        finally
        {
            // What was not asked for has no other owner.
            versions.Skip(given).ToList().ForEach(static version => version.Dispose());
        }
    }

    public IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken) => _pages.InUseAsync(cancellationToken);

    public IAsyncEnumerable<KeyName> ListNamesAsync(CancellationToken cancellationToken) => _pages.NamesAsync(cancellationToken);

    public IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken) => _pages.DueAsync(by, cancellationToken);

    public ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken) => _creation.CreateAsync(key, cancellationToken);

    public ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken) =>
        WriteAsync(key, KeyChange.Adds, (this, key, material, expectedCurrent), static (session, job) => job.Item1.RollAsync(session, job.key, job.material, job.expectedCurrent), cancellationToken);

    public async ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        await WriteAsync(image.Metadata.Name, known == 0 ? KeyChange.Makes : KeyChange.Adds, new SqlKeyImport(this, _store, _rows, image, known), static (session, import) => import.RunAsync(session), cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken) => _pages.DeletedAsync(cancellationToken);

    public async ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) =>
        (await _store.Sessions.ReadAsync((this, SqlText.FindDeleted, key), FindKeyAsync, cancellationToken).ConfigureAwait(false))?.Metadata;

    public async ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken) =>
        await WriteAsync(key, KeyChange.Removes, (this, key), static (session, job) => job.Item1._lifecycle.DeleteAsync(session, job.key), cancellationToken).ConfigureAwait(false);

    public ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken) =>
        WriteAsync(key, KeyChange.Removes, (this, key), static (session, job) => job.Item1._lifecycle.RestoreAsync(session, job.key), cancellationToken);

    public async ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken) =>
        await WriteAsync(key, KeyChange.Removes, (this, key), static (session, job) => job.Item1._lifecycle.PurgeAsync(session, job.key), cancellationToken).ConfigureAwait(false);

    public async ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken) =>
        await _store.Sessions.ReadAsync((this, key), static (session, job, stop) => job.Item1._lifecycle.FindAsync(session, job.key, stop), cancellationToken).ConfigureAwait(false);

    public ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken) =>
        _store.Sessions.ReadAsync((this, key), static (session, job, stop) => job.Item1._lifecycle.ReadImageAsync(session, job.key, stop), cancellationToken);

    public ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken) =>
        WriteAsync(change.Key, KeyChange.Removes, (this, change), static (session, job) => job.Item1._lifecycle.ChangeAsync(session, job.change), cancellationToken);

    public void NoteUse(KeyVersionName version) => _lifecycle.Ledger.Note(version);

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => _lifecycle.Ledger.FlushAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _lifecycle.Ledger.DisposeAsync().ConfigureAwait(false);
        if (_changes is IAsyncDisposable listener)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        _creation.Dispose();
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    internal async ValueTask<T> WriteAsync<TState, T>(KeyName key, KeyChange change, TState state, Func<SqlSession, TState, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            (T result, long stamp) = await _store.Sessions.WriteAsync((_changes, key, change, state, work), static async (session, job) =>
            {
                long stamp = await job._changes.RecordAsync(session, job.key, job.change).ConfigureAwait(false);
                return (await job.work(session, job.state).ConfigureAwait(false), stamp);
            }, cancellationToken).ConfigureAwait(false);
            _changes.Committed(key, stamp);
            return result;
        }
        catch
        {
            _changes.Failed(key);
            throw;
        }
    }

    private async ValueTask<KeyVersion> RollAsync(SqlSession session, KeyName key, SecretBytes? given, KeyVersionName? expected)
    {
        KeyRow row = await FindKeyAsync(session, SqlText.FindKey, key).ConfigureAwait(false)
            ?? throw (given is null ? KeyFaults.NoMetadata(key) : KeyFaults.NotFound(key));
        if (row.Use.Use.OfKey is var use && use != VersionUse.Allowed)
        {
            throw KeyFaults.MayNotBeUsed(key, row.Record.CurrentName, use);
        }

        if (expected is { } wanted && wanted != row.Record.CurrentName)
        {
            throw KeyFaults.Conflict(key, $"its current version is {row.Record.CurrentName.Value}");
        }

        using SecretBytes material = MaterialMaker.Take(key, row.Record.Cipher, row.Record.BitLength, given);
        (KeyVersionName version, int number) = await FreeVersionAsync(session, key, row.NextNumber).ConfigureAwait(false);
        KeyRecord record = row.Record with { CurrentNumber = number, CurrentName = version, CurrentMs = _store.NowMs };
        await MoveAsync(session, record, null).ConfigureAwait(false);
        return await AddVersionAsync(session, record, material).ConfigureAwait(false);
    }

    internal async ValueTask<KeyVersion> AddVersionAsync(SqlSession session, KeyRecord record, SecretBytes material)
    {
        SealedRow row = _rows.SealVersion(record, record.CurrentName, record.CurrentNumber, record.CurrentMs, material);
        await session.Command(
            SqlText.AddVersion,
            ("@name", record.CurrentName.Value), ("@incarnation", record.Incarnation), ("@number", record.CurrentNumber), ("@now", record.CurrentMs), ("@key", row.KeyId), ("@sealed", row.Box))
            .ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return new KeyVersion(record.Name, record.CurrentName, material.Share(), DateTimeOffset.FromUnixTimeMilliseconds(record.CurrentMs));
    }

    internal async ValueTask MoveAsync(SqlSession session, KeyRecord record, object? deletedOrder)
    {
        SealedRow row = _rows.SealRecord(record);
        await session.Command(
            SqlText.MoveKey,
            ("@order", deletedOrder), ("@key", row.KeyId), ("@sealed", row.Box), ("@incarnation", record.Incarnation))
            .ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Refuses a name that may not be taken. Gives whether the key <paramref name="own"/> is there already.</summary>
    private async ValueTask<bool> RefuseTakenAsync(SqlSession session, KeyName key, long own)
    {
        if (await FindKeyAsync(session, SqlText.FindKey, key).ConfigureAwait(false) is { } there)
        {
            return there.Record.Incarnation == own ? true : throw KeyFaults.AlreadyExists(key, Uri.Text);
        }

        return _reusesNames || await FindKeyAsync(session, SqlText.FindDeleted, key).ConfigureAwait(false) is null
            ? false
            : throw KeyFaults.NameReserved(key, Uri.Text);
    }

    // An imported version of another key may bear the name that this one would get; a version name never means two materials.
    internal static async ValueTask<(KeyVersionName Name, int Number)> FreeVersionAsync(SqlSession session, KeyName key, int number)
    {
        while (true)
        {
            KeyVersionName name = KeyVersionName.Of(key, number);
            object? taken = await session.Command(SqlText.IsVersionTaken, ("@name", name.Value)).ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
            if (taken is 0L)
            {
                return (name, number);
            }

            number++;
        }
    }

    /// <summary>The lowest number that a version of a new key of that name may have.</summary>
    /// <param name="session">A write.</param>
    /// <param name="key">The name.</param>
    /// <param name="own">The key that is made.</param>
    /// <returns><see langword="null"/> if that key is there already.</returns>
    internal async ValueTask<int?> FirstNumberAsync(SqlSession session, KeyName key, long own)
    {
        bool isInUse;
        int? mark;
        DbDataReader row = await session.Command(SqlText.FindName, ("@name", key.Value)).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            _ = await row.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            isInUse = row.GetInt64(0) > 0;
            mark = row.IsDBNull(1) ? null : _rows.ReadName(row, 1, key.Value);
        }

        return (isInUse || mark is not null) && await RefuseTakenAsync(session, key, own).ConfigureAwait(false) ? null : mark ?? 0;
    }

    /// <summary>Remembers how far a name was numbered.</summary>
    internal async ValueTask MarkNameAsync(SqlSession session, KeyName key, int next)
    {
        SealedRow row = _rows.SealName(key, next);
        await session.Command(SqlText.SetName, ("@name", key.Value), ("@next", next), ("@key", row.KeyId), ("@seal", row.Box)).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    internal ValueTask<KeyRow?> FindKeyAsync(SqlSession session, string sql, KeyName key) => FindKeyAsync(session, (this, sql, key), CancellationToken.None);

    internal static async ValueTask<KeyRow?> FindKeyAsync(SqlSession session, (SqlKeyProvider Self, string Sql, KeyName Key) job, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(job.Sql, ("@name", job.Key.Value)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? job.Self._rows.ReadKey(row) : null;
        }
    }

    private static async ValueTask<KeyVersion?> FindVersionAsync(SqlSession session, (SqlKeyProvider Self, string Sql, string Name) job, CancellationToken cancellationToken)
    {
        DbDataReader row = await session.Command(job.Sql, ("@name", job.Name)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? job.Self._rows.ReadVersion(row).Version : null;
        }
    }

    internal static async ValueTask<List<KeyVersion>> ReadVersionsAsync(SqlSession session, (KeyRows Rows, KeyName Key) job, CancellationToken cancellationToken)
    {
        List<KeyVersion> versions = [];
        try
        {
            DbDataReader row = await session.Command(SqlText.ListVersions, ("@name", job.Key.Value)).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    versions.Add(job.Rows.ReadVersion(row).Version);
                }
            }

            return versions;
        }
        catch
        {
            versions.ForEach(static version => version.Dispose());
            throw;
        }
    }
}
