using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>A question put to rules on trial: nothing is executed and nothing is written down. The pipeline alone decides in earnest.</summary>
/// <param name="Verb">What would be done.</param>
/// <param name="Operation">The operation list that guards it.</param>
/// <param name="Alternative">Another list that will do as well.</param>
/// <param name="KeyAcl">The key list that guards it, where there is one.</param>
public sealed record AccessTrial(KmsOperation Verb, AclOperation Operation, AclOperation? Alternative, KeyAclType? KeyAcl)
{
    /// <summary>The answer of the layer that decided: the operation's lists, then the key's where a key is named.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="caller">Who would ask.</param>
    /// <param name="key">The key's name, or <see langword="null"/> for the operation alone.</param>
    /// <param name="aclName">The name that access lists know the key by.</param>
    public (AccessDecision Decision, bool IsKeyLevel) Ask(AclSnapshot rules, Caller caller, string? key, string? aclName)
    {
        ArgumentNullException.ThrowIfNull(rules);
        AccessRequest request = new(caller, Operation, Verb, key);
        AccessDecision decision = rules.Decide(request);
        if (!decision.IsAllowed && Alternative is { } other && rules.Decide(request with { Operation = other }) is { IsAllowed: true } granted)
        {
            decision = granted;
        }

        return decision.IsAllowed && KeyAcl is { } type && key is not null
            ? (rules.Decide(request with { KeyAcl = type, AclName = aclName ?? key }), true)
            : (decision, false);
    }
}
