using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Allows the use of a key, or of one of its versions, again.</summary>
internal sealed class EnableKey(IKeyProvider store) : IOperation<KeyPart, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.EnableKey;

    public AccessDemand Demand(in KeyPart request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyPart request, CancellationToken cancellationToken) => new(new KeySubjects(One: request.Key));

    public ValueTask<KeyMetadata> ExecuteAsync(KeyPart request, CancellationToken cancellationToken) =>
        ChangeOfUse.Room(store).ChangeAsync(new LifecycleChange(LifecycleAction.Enable, request.Key, request.Version), cancellationToken);

    public AuditNote Describe(in KeyPart request, KeyMetadata result) => ChangeOfUse.Note(request);
}
