using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Destroys a deleted key for good. SOURCE: Cloudera Key Trustee KMS, <c>trusteeOp=purge</c>.</summary>
internal sealed class PurgeKey(IKeyProvider store) : IOperation<KeyName, ValueTuple>
{
    public KmsOperation Verb => KmsOperation.PurgeKey;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(Deleted: request));

    public async ValueTask<ValueTuple> ExecuteAsync(KeyName request, CancellationToken cancellationToken)
    {
        await RestoreKey.Trash(store).PurgeAsync(request, cancellationToken).ConfigureAwait(false);
        return default;
    }

    public AuditNote Describe(in KeyName request, ValueTuple result) => new(request.Value);
}
