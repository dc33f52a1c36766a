using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Describes one key; <see langword="null"/> for an unknown one.</summary>
internal sealed class GetMetadata(IKeyReader store) : IOperation<KeyName, KeyMetadata?>
{
    public KmsOperation Verb => KmsOperation.GetMetadata;

    public AccessDemand Demand(in KeyName request) => new(request.Value);

    public ValueTask<KeySubjects> SubjectsAsync(KeyName request, CancellationToken cancellationToken) => new(new KeySubjects(One: request));

    public ValueTask<KeyMetadata?> ExecuteAsync(KeyName request, CancellationToken cancellationToken) => store.FindMetadataAsync(request, cancellationToken);

    public AuditNote Describe(in KeyName request, KeyMetadata? result) => new(request.Value);
}
