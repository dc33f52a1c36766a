using System.Runtime.CompilerServices;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Which planned changes are told.</summary>
/// <param name="Within">Only those that are due by then, from now; <see langword="null"/> for all, those too whose time cannot be told.</param>
/// <param name="DueDeletionsOnly">Only deletions that are due: the store finds them without reading every key.</param>
public readonly record struct PlanQuery(TimeSpan? Within = null, bool DueDeletionsOnly = false);

/// <summary>Tells what happens to keys by itself. What is answered is read from the store while it is enumerated.</summary>
internal sealed class GetRolloverPlan(IKeyProvider store, RolloverPolicy policy, TimeProvider time) : IOperation<PlanQuery, IAsyncEnumerable<PlannedChange>>
{
    public KmsOperation Verb => KmsOperation.GetRolloverPlan;

    public AccessDemand Demand(in PlanQuery request) => default;

    public ValueTask<KeySubjects> SubjectsAsync(PlanQuery request, CancellationToken cancellationToken) => new(KeySubjects.None);

    public ValueTask<IAsyncEnumerable<PlannedChange>> ExecuteAsync(PlanQuery request, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        IAsyncEnumerable<KeyMetadata> keys = request.DueDeletionsOnly
            ? store is IKeyLifecycle lifecycle ? lifecycle.ListDueAsync(now, cancellationToken) : AsyncEnumerable.Empty<KeyMetadata>()
            : store.ListAsync(cancellationToken);
        return new(PlanAsync(keys, now, request.Within is { } within ? now + within : null, cancellationToken));
    }

    public IAsyncEnumerable<PlannedChange> Narrow(in PlanQuery request, IAsyncEnumerable<PlannedChange> result, AclSnapshot acl, Caller caller) =>
        NarrowedListing.Of(result, each => acl.HasAnyKeyRight(caller, each.Key.AclName, false));

    public AuditNote Describe(in PlanQuery request, IAsyncEnumerable<PlannedChange> result) => new(Key: null, InHadoopLog: false);

    /// <summary>Whether the deletion of some key is due; that of a key that cannot be read counts, for somebody has to be told.</summary>
    internal async ValueTask<bool> HasDueDeletionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return store is IKeyLifecycle lifecycle && await lifecycle.ListDueAsync(time.GetUtcNow(), cancellationToken).AnyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (UnreadableKeysException)
        {
            return true;
        }
    }

    private async IAsyncEnumerable<PlannedChange> PlanAsync(IAsyncEnumerable<KeyMetadata> keys, DateTimeOffset now, DateTimeOffset? by, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (KeyMetadata key in keys.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (PlannedChange.Of(key, policy, now) is { } change && (by is null || change.Due <= by))
            {
                yield return change;
            }
        }
    }
}
