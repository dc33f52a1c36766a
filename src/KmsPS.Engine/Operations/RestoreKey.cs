using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Brings a deleted key back. SOURCE: Cloudera Key Trustee KMS, <c>trusteeOp=undelete</c>.</summary>
internal sealed class RestoreKey(IKeyProvider store) : IOperation<KeyName, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.RestoreKey;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(Deleted: request));

    public ValueTask<KeyMetadata> ExecuteAsync(KeyName request, CancellationToken cancellationToken) => Trash(store).RestoreAsync(request, cancellationToken);

    public AuditNote Describe(in KeyName request, KeyMetadata result) => new(request.Value);

    internal static ISoftDelete Trash(IKeyProvider store) => store as ISoftDelete
        ?? throw new KmsException(ErrorKind.Unsupported, $"{store.Uri} keeps no deleted keys", "Only stores with soft deletion can restore or purge; copy the keys to one of those.");
}
