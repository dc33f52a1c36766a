using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Reads the current version; <see langword="null"/> for an unknown key.</summary>
internal sealed class GetCurrentKey(IKeyReader store) : IOperation<KeyName, KeyVersion?>
{
    public KmsOperation Verb => KmsOperation.GetCurrentKey;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public ValueTask<KeyVersion?> ExecuteAsync(KeyName request, CancellationToken cancellationToken) => ChangeOfUse.UsableAsync(store.FindCurrentAsync(request, cancellationToken));

    public AuditNote Describe(in KeyName request, KeyVersion? result) => new(request.Value, result?.Name.Value);
}
