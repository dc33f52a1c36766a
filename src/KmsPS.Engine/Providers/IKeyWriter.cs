using KmsPS.Engine.Errors;
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
    /// <exception cref="KmsException">The name is taken, or the length does not fit the cipher or the material.</exception>
    ValueTask<KeyVersion> CreateAsync(NewKey key, CancellationToken cancellationToken);

    /// <summary>Makes a new current version.</summary>
    /// <param name="key">The key.</param>
    /// <param name="material">Given material, still owned by the caller; <see langword="null"/> lets the store generate it.</param>
    /// <param name="expectedCurrent">Roll only while this is the current version; <see langword="null"/> rolls in any case.</param>
    /// <param name="cancellationToken">Ends the wait, not the write once it began.</param>
    ValueTask<KeyVersion> RollAsync(KeyName key, SecretBytes? material, KeyVersionName? expectedCurrent, CancellationToken cancellationToken);

    /// <summary>
    /// Takes over, in one change, what the store lacks of a key from elsewhere: names of versions, dates, attributes and material stay as
    /// they are, byte for byte.
    /// </summary>
    /// <param name="image">The key, still owned by the caller.</param>
    /// <param name="known">
    /// How many of its versions, the oldest, the store has already; the last of those must be current there. 0 makes the key.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, not the write once it began.</param>
    /// <exception cref="KmsException">
    /// The name of the key or of a version is taken, the key is at another version, or the store's format cannot hold the key as it is.
    /// </exception>
    ValueTask ImportAsync(KeyImage image, int known, CancellationToken cancellationToken) => throw new KmsException(
        ErrorKind.Unsupported,
        $"Key {image.Metadata.Name.Value} cannot be taken over as it is: this store names and dates its versions by itself",
        "Copy it to a store that is opened in this process.") { Subject = image.Metadata.Name.Value };

    /// <summary>Deletes a key with all its versions: softly where the store is <see cref="ISoftDelete"/>, else for good.</summary>
    ValueTask DeleteAsync(KeyName key, CancellationToken cancellationToken);
}

/// <summary>A store that keeps deleted keys until they are purged.</summary>
public interface ISoftDelete
{
    /// <summary>The deleted keys that can be restored, most recently deleted first. What cannot be read is told behind them.</summary>
    /// <exception cref="UnreadableKeysException">At the end, where some could not be read.</exception>
    IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken);

    /// <summary>The most recently deleted key of that name, or <see langword="null"/>.</summary>
    ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Brings the most recently deleted key of that name back with all its versions.</summary>
    /// <exception cref="KmsException">There is none, or the name was taken again meanwhile.</exception>
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
