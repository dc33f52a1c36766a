using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>A deletion to come.</summary>
/// <param name="Key">The key.</param>
/// <param name="After">How long to wait; <see langword="null"/> for the least time that is allowed.</param>
public readonly record struct DeletionPlan(KeyName Key, TimeSpan? After = null)
{
    /// <summary>Longest wait: ten years. What lies further away is a slip of the hand.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3653);
}

/// <summary>Sets a time at which a key is deleted. Until then it may not be used, so that whoever still needs it notices in time.</summary>
internal sealed class ScheduleDeletion(IKeyProvider store, TimeProvider time, TimeSpan least) : IOperation<DeletionPlan, KeyMetadata>
{
    public KmsOperation Verb => KmsOperation.ScheduleDeletion;

    public AccessDemand Demand(in DeletionPlan request) => new(request.Key.Value);

    public ValueTask<KeySubjects> SubjectsAsync(DeletionPlan request, CancellationToken cancellationToken) => new(new KeySubjects(One: request.Key));

    public ValueTask<KeyMetadata> ExecuteAsync(DeletionPlan request, CancellationToken cancellationToken)
    {
        IKeyLifecycle room = ChangeOfUse.Room(store);
        TimeSpan after = request.After ?? least;
        return after >= least && after <= DeletionPlan.Longest
            ? room.ChangeAsync(new LifecycleChange(LifecycleAction.ScheduleDeletion, request.Key, Due: time.GetUtcNow() + after), cancellationToken)
            : throw new KmsException(
                ErrorKind.InvalidRequest,
                string.Create(CultureInfo.InvariantCulture, $"Key {request.Key.Value} was not changed: a deletion is planned {least.TotalDays:0.##} to {DeletionPlan.Longest.TotalDays:0} days ahead, not {after.TotalDays:0.##}"),
                "Choose a time within that; kmsps.key.deletion.wait.days sets the least. A key that must go at once is deleted with Remove-KmsKey.") { Subject = request.Key.Value };
    }

    public AuditNote Describe(in DeletionPlan request, KeyMetadata result) =>
        new(request.Key.Value, Extra: string.Create(CultureInfo.InvariantCulture, $"Due:{result.Use.DeletionDue:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
}
