using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Makes keys. In a shared database most of them are made by a <see cref="NewKeyGroup"/>; what it leaves, and everything in an embedded
/// one, is a write that looks first.
/// </summary>
internal sealed class SqlCreation : IDisposable
{
    private readonly SqlKeyProvider _provider;
    private readonly SqlStore _store;
    private readonly KeyRows _rows;
    private readonly ISqlChanges _changes;
    private readonly NewKeyGroup? _group;

    internal SqlCreation(SqlKeyProvider provider, SqlStore store, KeyRows rows, ISqlChanges changes)
    {
        _provider = provider;
        _store = store;
        _rows = rows;
        _changes = changes;
        _group = store.Sessions.Dialect.IsShared ? new NewKeyGroup(store.Sessions, changes) : null;
    }

    internal async ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken)
    {
        using SecretBytes material = await MaterialForAsync(key, cancellationToken).ConfigureAwait(false);
        KeyRecord first = NewKeyRows.First(key, _store.Incarnations.Next(), _store.NowMs);
        NewKeyEnd end = _group is null ? default : await _group.AddAsync(NewKeyRows.Seal(_rows, first, material), cancellationToken).ConfigureAwait(false);
        if (end.Stamp is { } stamp)
        {
            _changes.Made(key.Name, stamp);
            return FirstVersion(first, material);
        }

        try
        {
            return await _provider.WriteAsync(key.Name, KeyChange.Makes, (this, first, material), static (session, job) => job.Item1.InsertAsync(session, job.first, job.material), cancellationToken).ConfigureAwait(false);
        }
        catch (KmsException failure) when (end.Lost is not null && failure.Kind == ErrorKind.StoreUnavailable)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The connection to the store {_store.Place} ended while the key '{Printable.Text(key.Name.Value)}' was made; whether it was written is not known", "Read the key again before you repeat the change.", isTransient: true, failure) { Subject = key.Name.Value };
        }
    }

    public void Dispose() => _group?.Dispose();

    // Before the write, as in Hadoop: a cipher or a length that cannot be generated is refused before the name is looked at, given
    // material of a wrong length after it.
    private async ValueTask<SecretBytes> MaterialForAsync(NewKey key, CancellationToken cancellationToken)
    {
        try
        {
            return MaterialMaker.Take(key.Name, key.Cipher, key.BitLength, key.Material);
        }
        catch (KmsException wrong) when (wrong.Kind == ErrorKind.MaterialLengthInvalid)
        {
            _ = await _provider.FindMetadataAsync(key.Name, cancellationToken).ConfigureAwait(false) is null ? true : throw KeyFaults.AlreadyExists(key.Name, _provider.Uri.Text);
            throw;
        }
    }

    private async ValueTask<KeyVersion> InsertAsync(SqlSession session, KeyRecord first, SecretBytes material)
    {
        if (await _provider.FirstNumberAsync(session, first.Name, first.Incarnation).ConfigureAwait(false) is not { } from)
        {
            // The group's connection ended before its answer came, and it had made this very key.
            return FirstVersion(first, material);
        }

        long now = _store.NowMs;
        (KeyVersionName version, int number) = await SqlKeyProvider.FreeVersionAsync(session, first.Name, from).ConfigureAwait(false);
        
        // Another incarnation: the group may have left the key because the number is another key's.
        KeyRecord record = first with { Incarnation = _store.Incarnations.Next(), CreatedMs = now, CurrentMs = now, CurrentNumber = number, CurrentName = version };
        SealedRow row = _rows.SealRecord(record);
        await session.Command(
            SqlText.AddKey,
            ("@incarnation", record.Incarnation), ("@name", record.Name.Value), ("@key", row.KeyId), ("@sealed", row.Box))
            .ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return await _provider.AddVersionAsync(session, record, material).ConfigureAwait(false);
    }

    private static KeyVersion FirstVersion(KeyRecord record, SecretBytes material) =>
        new(record.Name, record.CurrentName, material.Share(), DateTimeOffset.FromUnixTimeMilliseconds(record.CurrentMs));
}
