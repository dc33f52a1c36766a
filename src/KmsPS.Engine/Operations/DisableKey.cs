using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Forbids the use of a key, or of one of its versions.</summary>
internal sealed class DisableKey(IKeyProvider store) : IOperation<KeyPart, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.DisableKey;

    public AccessDemand Demand(in KeyPart request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyPart request, CancellationToken cancellationToken) => new(new KeySubjects(One: request.Key));

    public ValueTask<KeyMetadata> ExecuteAsync(KeyPart request, CancellationToken cancellationToken) =>
        ChangeOfUse.Room(store).ChangeAsync(new LifecycleChange(LifecycleAction.Disable, request.Key, request.Version), cancellationToken);

    public AuditNote Describe(in KeyPart request, KeyMetadata result) => ChangeOfUse.Note(request);
}
