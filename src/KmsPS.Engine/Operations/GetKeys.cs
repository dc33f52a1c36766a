using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Which keys are listed.</summary>
public enum KeyListing
{
    /// <summary>Those in use.</summary>
    InUse,

    /// <summary>Those that are deleted and can be restored.</summary>
    Deleted,
}

/// <summary>Lists keys. What is answered is read from the store while it is enumerated.</summary>
internal sealed class GetKeys(IKeyProvider store) : IOperation<KeyListing, IAsyncEnumerable<KeyMetadata>>
{
    public KmsOperation Verb => KmsOperation.GetKeys;

    public AccessDemand Demand(in KeyListing request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(KeyListing request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<IAsyncEnumerable<KeyMetadata>> ExecuteAsync(KeyListing request, CancellationToken cancellationToken) => new(
        request == KeyListing.InUse ? store.ListAsync(cancellationToken) : RestoreKey.Trash(store).ListDeletedAsync(cancellationToken));

    public IAsyncEnumerable<KeyMetadata> Narrow(in KeyListing request, IAsyncEnumerable<KeyMetadata> result, AclSnapshot acl, Caller caller)
    {
        bool isDeleted = request == KeyListing.Deleted;
        return NarrowedListing.Of(result, each => acl.HasAnyKeyRight(caller, each.AclName, isDeleted));
    }

    public AuditNote Describe(in KeyListing request, IAsyncEnumerable<KeyMetadata> result) => new(Key: null);
}
