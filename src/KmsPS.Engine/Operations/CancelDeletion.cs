using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Takes a planned deletion back.</summary>
internal sealed class CancelDeletion(IKeyProvider store) : IOperation<KeyName, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.CancelDeletion;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public ValueTask<KeyMetadata> ExecuteAsync(KeyName request, CancellationToken cancellationToken) =>
        ChangeOfUse.Room(store).ChangeAsync(new LifecycleChange(LifecycleAction.CancelDeletion, request), cancellationToken);

    public AuditNote Describe(in KeyName request, KeyMetadata result) => new(request.Value);
}
