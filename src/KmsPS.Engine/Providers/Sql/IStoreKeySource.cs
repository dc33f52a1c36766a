using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>A store key with the name that rows carry of it.</summary>
/// <param name="id">16 random bytes.</param>
/// <param name="key">32 bytes, owned by this object from now on.</param>
internal sealed class StoreKey(byte[] id, SecretBytes key) : IDisposable
{
    internal const int IdLength = 16;

    internal ReadOnlyMemory<byte> Id { get; } = id;

    internal SecretBytes Key { get; } = key;

    /// <summary>The id as people read it.</summary>
    internal string Name => Convert.ToHexStringLower(Id.Span);

    public void Dispose() => Key.Dispose();
}

/// <summary>
/// Where store keys come from: a file, locked with a passphrase or not; later an HSM. A new store's key is made in two steps around the
/// commit that makes the store, so that a crash in between neither loses the key nor leaves one that belongs to nothing.
/// </summary>
internal interface IStoreKeySource : IDisposable
{
    /// <summary>What people call this source.</summary>
    string Place { get; }

    /// <summary>Whether the source holds a finished key: a store that is empty beside one has lost its content.</summary>
    bool IsSettled { get; }

    /// <summary>Makes a key for a new store, durable when it returns, but not settled. The caller disposes it.</summary>
    ValueTask<StoreKey> CreateAsync(CancellationToken cancellationToken);

    /// <summary>The store was committed: from now on the key is settled.</summary>
    ValueTask SettleAsync(CancellationToken cancellationToken);

    /// <summary>All keys that the source holds; a key whose creation was interrupted after the commit among them.</summary>
    /// <exception cref="Errors.KmsException">It cannot be read, or others may read it.</exception>
    ValueTask<IReadOnlyList<StoreKey>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Holds back every other change of the source until what is given is disposed.</summary>
    /// <exception cref="Errors.KmsException">Somebody else changes it.</exception>
    IDisposable Lock();

    /// <summary>Makes one more key, durable beside the others when it returns. The caller holds the lock, and disposes the key.</summary>
    ValueTask<StoreKey> AddAsync(CancellationToken cancellationToken);

    /// <summary>Takes the keys out that are not listed, and keeps them apart; how many those are. The caller holds the lock.</summary>
    ValueTask<int> KeepAsync(IReadOnlySet<string> listed, CancellationToken cancellationToken);
}
