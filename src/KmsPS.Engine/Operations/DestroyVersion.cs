using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Destroys one version's material for good, never the current one's; its name stays taken.</summary>
internal sealed class DestroyVersion(IKeyProvider store) : IOperation<KeyPart, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.DestroyVersion;

    public AccessDemand Demand(in KeyPart request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyPart request, CancellationToken cancellationToken) => new(new KeySubjects(One: request.Key));

    public ValueTask<KeyMetadata> ExecuteAsync(KeyPart request, CancellationToken cancellationToken) => request.Version is null
        ? throw new KmsException(ErrorKind.InvalidRequest, "Parameter 'version' is missing", "Name the version that is to be destroyed; PURGE_KEY destroys whole keys.") { Subject = request.Key.Value }
        : ChangeOfUse.Room(store).ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, request.Key, request.Version), cancellationToken);

    public AuditNote Describe(in KeyPart request, KeyMetadata result) => ChangeOfUse.Note(request);
}
