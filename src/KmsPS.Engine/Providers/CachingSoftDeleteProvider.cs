using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>The cache over a store that keeps deleted keys, which are not remembered.</summary>
internal class CachingSoftDeleteProvider(IKeyProvider inner, ISoftDelete trash, TimeProvider time, CacheLimits limits)
    : CachingKeyProvider(inner, time, limits), ISoftDelete
{
    public IAsyncEnumerable<KeyMetadata> ListDeletedAsync(CancellationToken cancellationToken) => trash.ListDeletedAsync(cancellationToken);

    public ValueTask<KeyMetadata?> FindDeletedAsync(KeyName key, CancellationToken cancellationToken) => trash.FindDeletedAsync(key, cancellationToken);

    public async ValueTask<KeyMetadata> RestoreAsync(KeyName key, CancellationToken cancellationToken)
    {
        try
        {
            KeyMetadata restored = await trash.RestoreAsync(key, cancellationToken).ConfigureAwait(false);
            Remove(key);
            return restored;
        }
        catch
        {
            Doubt(key);
            throw;
        }
    }

    public async ValueTask PurgeAsync(KeyName key, CancellationToken cancellationToken)
    {
        try
        {
            await trash.PurgeAsync(key, cancellationToken).ConfigureAwait(false);
            Remove(key);
        }
        catch
        {
            Doubt(key);
            throw;
        }
    }
}
