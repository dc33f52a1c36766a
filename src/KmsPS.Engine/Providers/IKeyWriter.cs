using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers;

/// <summary>
/// What changes a store. INVARIANT: what returned is durable and visible to every reader of the same store; what threw did not
/// happen, unless the exception is transient, and then a read tells.
/// </summary>
public interface IKeyWriter
{
    /// <summary>Makes a key and its first version.</summary>
    /// <exception cref="Errors.KmsException">The name is taken, or the length does not fit the cipher or the material.</exception>
    ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken);

    /// <summary>Makes a new current version.</summary>
    /// <param name="key">The key.</param>
    /// <param name="material">Given material, still owned by the caller; <see langword="null"/> lets the store generate it.</param>
    /// <param name="expectedCurrent">Roll only while this is the current version; <see langword="null"/> rolls in any case.</param>
    /// <param name="cancellationToken">Ends the wait, not the write once it began.</param>
    ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken);

    /// <summary>Deletes a key with all its versions: softly where the store is <see cref="ISoftDelete"/>, else for good.</summary>
    ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken);
}

/// <summary>A store that keeps deleted keys until they are purged.</summary>
public interface ISoftDelete
{
    /// <summary>The deleted keys that can be restored, most recently deleted first.</summary>
    IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken);

    /// <summary>The most recently deleted key of that name, or <see langword="null"/>.</summary>
    ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Brings the most recently deleted key of that name back with all its versions.</summary>
    /// <exception cref="Errors.KmsException">There is none, or the name was taken again meanwhile.</exception>
    ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Destroys every deleted key of that name for good; the highest version number ever used stays known.</summary>
    ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken);
}

/// <summary>A provider that keeps something in memory which can be forgotten.</summary>
public interface IInvalidatable
{
    /// <summary>Forgets what is remembered of the key and of every version.</summary>
    ValueTask InvalidateAsync(KeyName key, CancellationToken cancellationToken);
}

/// <summary>Keys that must not leave where they are: the provider wraps and unwraps by itself. Others are wrapped here, with AES-CTR.</summary>
public interface IEekProvider
{
    /// <summary>Makes <paramref name="count"/> data keys under the current version.</summary>
    ValueTask<EekBatch> GenerateEeksAsync(KeyName key, int count, CancellationToken cancellationToken);

    /// <summary>Unwraps a data key. The caller disposes it.</summary>
    ValueTask<Secrets.SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken);

    /// <summary>Wraps the same data keys under the current version, in the same order.</summary>
    ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEeksAsync(IReadOnlyList<EncryptedKeyVersion> eeks, CancellationToken cancellationToken);
}
