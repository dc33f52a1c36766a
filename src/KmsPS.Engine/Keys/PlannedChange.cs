namespace KmsPS.Engine.Keys;

/// <summary>What happens to a key by itself.</summary>
public enum PlannedAction
{
    /// <summary>It gets a new current version, because the present one becomes too old.</summary>
    Roll,

    /// <summary>It is deleted, because somebody planned that.</summary>
    Delete,
}

/// <summary>Where a planned change stands.</summary>
public enum PlanStanding
{
    /// <summary>Its time has not come.</summary>
    Waiting,

    /// <summary>It is done at the scheduler's next turn.</summary>
    Due,

    /// <summary>It would be due, but the key is disabled or to be deleted, and such keys are not rolled.</summary>
    Limited,

    /// <summary>The store does not tell when the current version was made, so nothing is ever due.</summary>
    AgeUnknown,

    /// <summary>The current version was made at a time that has not come: some clock is or was wrong, and nothing is done until it has.</summary>
    FromTheFuture,
}

/// <summary>A change that comes by itself.</summary>
/// <param name="Key">The key as it is.</param>
/// <param name="Action">What happens to it.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Due">When, UTC; <see langword="null"/> where that cannot be told.</param>
/// <param name="MaxAge">How old its current version may become; only for a roll.</param>
/// <param name="Reason">The rule that says so, as it is written; <c>planned</c> for a deletion.</param>
public sealed record PlannedChange(KeyMetadata Key, PlannedAction Action, PlanStanding Standing, DateTimeOffset? Due, TimeSpan? MaxAge, string Reason)
{
    // What two machines' clocks may differ by without anybody being wrong.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>What comes to a key in use, or <see langword="null"/>.</summary>
    public static PlannedChange? Of(KeyMetadata key, RolloverPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(policy);
        if (key.Use.DeletionDue is { } end)
        {
            return new PlannedChange(key, PlannedAction.Delete, end <= now ? PlanStanding.Due : PlanStanding.Waiting, end, null, "planned");
        }

        if (policy.For(key) is not { } period)
        {
            return null;
        }

        DateTimeOffset? made = key.CurrentCreated ?? (key.Versions <= 1 ? key.Created : null);
        DateTimeOffset? due = made is { } start ? JavaTime.Later(start, period.MaxAge) : null;
        PlanStanding standing = made is null ? PlanStanding.AgeUnknown
            : made > now + Tolerance ? PlanStanding.FromTheFuture
            : due > now ? PlanStanding.Waiting
            : key.Use.OfKey != VersionUse.Allowed ? PlanStanding.Limited
            : PlanStanding.Due;
        return new PlannedChange(key, PlannedAction.Roll, standing, due, period.MaxAge, period.Rule);
    }
}
