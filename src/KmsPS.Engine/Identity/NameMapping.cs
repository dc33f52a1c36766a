namespace KmsPS.Engine.Identity;

/// <summary>What became of one rule.</summary>
/// <param name="Number">Its place among the rules, from 1.</param>
/// <param name="Rule">The rule as it was written.</param>
/// <param name="Applies">Whether it made the name, or refused it for good.</param>
/// <param name="Outcome">In words.</param>
public sealed record NameRuleAnswer(int Number, string Rule, bool Applies, string Outcome)
{
    /// <summary>Number, rule and outcome.</summary>
    public override string ToString() => $"{Number}. {Rule}: {Outcome}";
}

/// <summary>How a principal gets its short name, or why it gets none.</summary>
/// <param name="Principal">The principal.</param>
/// <param name="ShortName">Its short name; <see langword="null"/> where it is refused.</param>
/// <param name="Considered">The rules that were tried, in order; none for a name that is short already.</param>
/// <param name="Problem">Why it is refused, in Hadoop's words.</param>
public sealed record NameMapping(string Principal, string? ShortName, IReadOnlyList<NameRuleAnswer> Considered, string? Problem)
{
    /// <summary>The rule that decided; <see langword="null"/> where none did.</summary>
    public NameRuleAnswer? Decider => Considered.FirstOrDefault(static rule => rule.Applies);
}
