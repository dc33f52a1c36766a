using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Reads a key with all its versions, to move it elsewhere; <see langword="null"/> for an unknown one.</summary>
internal sealed class ExportKey(IKeyReader store) : IOperation<KeyName, KeyImage?>
{
    public KmsOperation Verb => KmsOperation.ExportKey;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public ValueTask<KeyImage?> ExecuteAsync(KeyName request, CancellationToken cancellationToken) =>
        store is IKeyLifecycle limits ? limits.ReadImageAsync(request, cancellationToken) : ReadAsync(request, cancellationToken);

    // A roll between the two questions is no damage: both are asked again.
    private async ValueTask<KeyImage?> ReadAsync(KeyName request, CancellationToken cancellationToken)
    {
        KeyMetadata? before = await store.FindMetadataAsync(request, cancellationToken).ConfigureAwait(false);
        while (before is not null)
        {
            List<KeyVersion> versions = await VersionsAsync(request, cancellationToken).ConfigureAwait(false);
            KeyMetadata? after = await store.FindMetadataAsync(request, cancellationToken).ConfigureAwait(false);
            if (after is not null && after.Current == before.Current)
            {
                return new KeyImage(after, versions);
            }

            versions.ForEach(static version => version.Dispose());
            before = after;
        }

        return null;
    }

    public AuditNote Describe(in KeyName request, KeyImage? result) => new(request.Value, result?.Metadata.Current.Value, Count: result?.Versions.Count ?? 0);

    private async ValueTask<List<KeyVersion>> VersionsAsync(KeyName key, CancellationToken cancellationToken)
    {
        List<KeyVersion> versions = [];
        try
        {
            await foreach (KeyVersion version in store.ListVersionsAsync(key, cancellationToken).ConfigureAwait(false))
            {
                versions.Add(version);
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
