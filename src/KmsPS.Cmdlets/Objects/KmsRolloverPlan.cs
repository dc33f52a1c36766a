using KmsPS.Engine.Keys;

namespace KmsPS;

/// <summary>What happens to one key by itself, when and why.</summary>
public sealed class KmsRolloverPlan
{
    internal KmsRolloverPlan(PlannedChange change, string provider)
    {
        Name = change.Key.Name.Value;
        Action = change.Action.ToString();
        Standing = change.Standing.ToString();
        Due = change.Due?.LocalDateTime;
        CurrentVersion = change.Key.Current.Value;
        Rolled = KmsKey.RolledAt(change.Key)?.LocalDateTime;
        MaxAge = change.MaxAge;
        Rule = change.Reason;
        Provider = provider;
    }

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary><c>Roll</c> or <c>Delete</c>.</summary>
    public string Action { get; }

    /// <summary>
    /// <c>Waiting</c>; <c>Due</c> at the scheduler's next turn; or why nothing is ever due: <c>Limited</c> (the key is disabled), <c>AgeUnknown</c>,
    /// <c>FromTheFuture</c> (its current version bears a date that has not come).
    /// </summary>
    public string Standing { get; }

    /// <summary>When, local time; empty where that cannot be told.</summary>
    public DateTime? Due { get; }

    /// <summary>The current version.</summary>
    public string CurrentVersion { get; }

    /// <summary>When it was made, local time; empty where the provider does not tell.</summary>
    public DateTime? Rolled { get; }

    /// <summary>How old it may become; empty for a deletion.</summary>
    public TimeSpan? MaxAge { get; }

    /// <summary>The rule that says so, as it is written; <c>planned</c> for a deletion.</summary>
    public string Rule { get; }

    /// <summary>The connection it was read from.</summary>
    public string Provider { get; }

    /// <summary>The key's name: a cmdlet that this is piped into acts on the key.</summary>
    public override string ToString() => Name;
}
