using System.Runtime.CompilerServices;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Names keys without describing them. What is answered is read from the store while it is enumerated.</summary>
internal sealed class GetKeyNames(IKeyReader store) : IOperation<KeyListing, IAsyncEnumerable<KeyName>>
{
    public KmsOperation Verb => KmsOperation.GetKeys;

    public AccessDemand Demand(in KeyListing request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(KeyListing request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<IAsyncEnumerable<KeyName>> ExecuteAsync(KeyListing request, CancellationToken cancellationToken) => new(store.ListNamesAsync(cancellationToken));

    public AuditNote Describe(in KeyListing request, IAsyncEnumerable<KeyName> result) => new(Key: null);

    /// <summary>The names of keys that are described already.</summary>
    internal static async IAsyncEnumerable<KeyName> Of(IAsyncEnumerable<KeyMetadata> keys, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (KeyMetadata key in keys.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return key.Name;
        }
    }
}
