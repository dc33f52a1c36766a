using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Deletes a key with all its versions; restorable where the store keeps deleted keys.</summary>
internal sealed class DeleteKey(IKeyProvider store) : IOperation<KeyName, ValueTuple>
{
    public KmsOperation Verb => KmsOperation.DeleteKey;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public async ValueTask<ValueTuple> ExecuteAsync(KeyName request, CancellationToken cancellationToken)
    {
        // SOURCE: Hadoop KMS.deleteKey asks its list before it looks whether a key was named.
        if (request.Value.Length == 0)
        {
            throw KeyFaults.EmptyName();
        }

        await store.DeleteAsync(request, cancellationToken).ConfigureAwait(false);
        return default;
    }

    public AuditNote Describe(in KeyName request, ValueTuple result) => new(request.Value);
}
