using System.Runtime.CompilerServices;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>What a store answers. Nothing here changes it.</summary>
public interface IKeyReader
{
    /// <summary>A key in use, or <see langword="null"/>.</summary>
    ValueTask<KeyMetadata?> FindMetadataAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>The key that a version belongs to, without touching material; <see langword="null"/> for an unknown version.</summary>
    ValueTask<KeyName?> FindOwnerAsync(KeyVersionName version, CancellationToken cancellationToken);

    /// <summary>A version of a key in use, or <see langword="null"/>. The caller disposes what it gets.</summary>
    ValueTask<KeyVersion?> FindVersionAsync(KeyVersionName version, CancellationToken cancellationToken);

    /// <summary>The version that new EEKs are made with, or <see langword="null"/>. The caller disposes what it gets.</summary>
    ValueTask<KeyVersion?> FindCurrentAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>All versions of a key in use, oldest first; none for an unknown key. The caller disposes each.</summary>
    IAsyncEnumerable<KeyVersion> ListVersionsAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>The keys in use, in the store's order, read as they are asked for. What cannot be read is told behind them.</summary>
    /// <exception cref="UnreadableKeysException">At the end, where some could not be read.</exception>
    IAsyncEnumerable<KeyMetadata> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The names of those keys, in the same order; cheaper where describing a key costs something (unsealing, a request). A key whose
    /// description is damaged is named like any other.
    /// </summary>
    async IAsyncEnumerable<KeyName> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (KeyMetadata key in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return key.Name;
        }
    }
}
