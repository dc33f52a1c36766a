using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Acl;

/// <summary>A rule that a decision asked.</summary>
/// <param name="Rule">The rule, with file and line.</param>
/// <param name="Layer">Which kind of list it is.</param>
/// <param name="Matches">Whether it names the caller.</param>
public readonly record struct ConsideredRule(AclRule Rule, AclLayer Layer, bool Matches);

/// <summary>Why a question was answered so. Made for people; <see cref="AclSnapshot.Decide(in AccessRequest)"/> is the quick way to the same answer.</summary>
/// <param name="Decision">The answer.</param>
/// <param name="Considered">Every rule that was asked, in order.</param>
/// <param name="Groups">The groups that were seen.</param>
/// <param name="Sentence">The reason as one sentence, with file and line.</param>
/// <param name="Change">The smallest change that would turn the answer; every step of it is needed.</param>
public sealed record AccessExplanation(AccessDecision Decision, IReadOnlyList<ConsideredRule> Considered, NameSet Groups, string Sentence, IReadOnlyList<AclEdit> Change)
{
    /// <summary>Whether the caller may.</summary>
    public bool IsAllowed => Decision.IsAllowed;
}
