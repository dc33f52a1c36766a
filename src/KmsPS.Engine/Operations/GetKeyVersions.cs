using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Reads all versions of a key.</summary>
internal sealed class GetKeyVersions(IKeyReader store) : IOperation<KeyName, KeyVersionList>
{
    public KmsOperation Verb => KmsOperation.GetKeyVersions;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public async ValueTask<KeyVersionList> ExecuteAsync(KeyName request, CancellationToken cancellationToken)
    {
        List<KeyVersion> versions = [];
        try
        {
            await foreach (KeyVersion version in store.ListVersionsAsync(request, cancellationToken).ConfigureAwait(false))
            {
                versions.Add(version);
            }

            return new KeyVersionList(versions);
        }
        catch
        {
            versions.ForEach(static version => version.Dispose());
            throw;
        }
    }

    public AuditNote Describe(in KeyName request, KeyVersionList result) => new(request.Value);
}
