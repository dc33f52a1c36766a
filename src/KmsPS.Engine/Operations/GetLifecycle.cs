using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Describes a key and its versions without material; <see langword="null"/> for an unknown key.</summary>
internal sealed class GetLifecycle(IKeyProvider store) : IOperation<KeyName, KeyLifecycle?>
{
    public KmsOperation Verb => KmsOperation.GetLifecycle;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public ValueTask<KeyLifecycle?> ExecuteAsync(KeyName request, CancellationToken cancellationToken) => ChangeOfUse.Room(store).FindLifecycleAsync(request, cancellationToken);

    public AuditNote Describe(in KeyName request, KeyLifecycle? result) => new(request.Value);
}
