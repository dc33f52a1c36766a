using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>
/// A store that has room for what may be done with a key: disabled keys and versions, planned deletions, last uses. Every such store
/// keeps deleted keys, too. INVARIANT: a version that may not be used leaves the store without its material, so that nothing above can
/// use it by mistake.
/// </summary>
public interface IKeyLifecycle : ISoftDelete
{
    /// <summary>A key in use with its versions and their last uses, or <see langword="null"/>.</summary>
    ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>
    /// A key in use with all its versions as they are at one time, to be taken over by a store that limits it as this one does;
    /// <see langword="null"/> for an unknown one. Only here a disabled version comes with its material.
    /// </summary>
    ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Changes what may be done with a key; gives the key as it is then. What holds already is not written again.</summary>
    /// <exception cref="Errors.KmsException">There is no such key or version, or the change contradicts what is.</exception>
    ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken);

    /// <summary>The keys whose deletion is due by then, in no order, read as they are asked for. What cannot be read is told behind them.</summary>
    /// <exception cref="UnreadableKeysException">At the end, where some could not be read.</exception>
    IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken);

    /// <summary>
    /// A version wrapped or unwrapped something. Kept in memory and written in batches; costs no lock and no store access.
    /// </summary>
    void NoteUse(KeyVersionName version);

    /// <summary>Writes the uses that are noted and not yet written.</summary>
    ValueTask FlushUsesAsync(CancellationToken cancellationToken);
}
