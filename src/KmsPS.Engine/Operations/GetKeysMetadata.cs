using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Describes several keys, in the order asked; <see langword="null"/> for an unknown one. One refusal refuses all.</summary>
internal sealed class GetKeysMetadata(IKeyReader store) : IOperation<IReadOnlyList<KeyName>, IReadOnlyList<KeyMetadata?>>
{
    public KmsOperation Verb => KmsOperation.GetKeysMetadata;

    public AccessDemand Demand(in IReadOnlyList<KeyName> request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(IReadOnlyList<KeyName> request, CancellationToken cancellationToken) => new(new KeySubjects(Many: request));

    public async ValueTask<IReadOnlyList<KeyMetadata?>> ExecuteAsync(IReadOnlyList<KeyName> request, CancellationToken cancellationToken)
    {
        KeyMetadata?[] found = new KeyMetadata?[request.Count];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = await store.FindMetadataAsync(request[i], cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public AuditNote Describe(in IReadOnlyList<KeyName> request, IReadOnlyList<KeyMetadata?> result) => new(Key: null, Count: request.Count);
}
