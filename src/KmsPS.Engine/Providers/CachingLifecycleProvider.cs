using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>The cache over a store that limits the use of keys. Nothing of that is remembered but what keys and versions say of themselves.</summary>
internal sealed class CachingLifecycleProvider(IKeyProvider inner, IKeyLifecycle lifecycle, TimeProvider time, CacheLimits limits)
    : CachingSoftDeleteProvider(inner, lifecycle, time, limits), IKeyLifecycle
{
    public ValueTask<KeyLifecycle?> FindLifecycleAsync(KeyName key, CancellationToken cancellationToken) => lifecycle.FindLifecycleAsync(key, cancellationToken);

    public ValueTask<KeyImage?> ReadImageAsync(KeyName key, CancellationToken cancellationToken) => lifecycle.ReadImageAsync(key, cancellationToken);

    public async ValueTask<KeyMetadata> ChangeAsync(LifecycleChange change, CancellationToken cancellationToken)
    {
        try
        {
            KeyMetadata changed = await lifecycle.ChangeAsync(change, cancellationToken).ConfigureAwait(false);
            Remove(change.Key);
            if (change is { Action: LifecycleAction.DestroyVersion, Version: { } destroyed })
            {
                // What is destroyed for good must not wait in memory for its turn to be forgotten.
                Drop(destroyed);
            }

            return changed;
        }
        catch
        {
            Doubt(change.Key);
            throw;
        }
    }

    public IAsyncEnumerable<KeyMetadata> ListDueAsync(DateTimeOffset by, CancellationToken cancellationToken) => lifecycle.ListDueAsync(by, cancellationToken);

    public void NoteUse(KeyVersionName version) => lifecycle.NoteUse(version);

    public ValueTask FlushUsesAsync(CancellationToken cancellationToken) => lifecycle.FlushUsesAsync(cancellationToken);
}
