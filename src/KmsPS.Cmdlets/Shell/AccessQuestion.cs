using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Asks a set of rules what the pipeline would ask them: first the operation's lists, then the key's.</summary>
internal static class AccessQuestion
{
    /// <summary>The answer.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="caller">Who.</param>
    /// <param name="verb">What.</param>
    /// <param name="key">To which key, with the name that access lists know it by; nothing asks the operation alone.</param>
    internal static KmsAccessResult Ask(AclSnapshot rules, Caller caller, KmsOperation verb, (string Name, string AclName)? key)
    {
        OperationRow row = OperationTable.Of(verb);
        AccessTrial trial = new(verb, row.Acl, row.AlternativeAcl, row.KeyAcl);
        (AccessDecision decision, bool isKeyLevel) = trial.Ask(rules, caller, key?.Name, key?.AclName);
        string layer = isKeyLevel && row.KeyAcl is { } type ? $"the key's lists for {AclNames.Of(type)}" : $"the lists of {AclNames.Of(row.Acl)}";
        return new KmsAccessResult
        {
            Allowed = decision.IsAllowed,
            User = caller.ShortName,
            Groups = [.. caller.Groups.Order(StringComparer.Ordinal)],
            Operation = verb.ToString(),
            Key = key?.Name,
            Rule = decision.DecidedBy?.Property,
            Place = decision.DecidedBy?.Place,
            Reason = decision.Reason.ToString(),
            Explanation = Explain(decision, caller, row, key?.Name, layer),
        };
    }

    private static string Explain(AccessDecision decision, Caller caller, OperationRow row, string? key, string layer)
    {
        string what = key is null ? row.AuditName : $"{row.AuditName} on '{Printable.Text(key)}'";
        string verdict = decision.IsAllowed ? "may" : "may not";
        string why = decision.Reason switch
        {
            AccessReason.NoOperationAcl => "no list restricts the operation",
            AccessReason.NoKeyAcl => "no list speaks of the key, and what no list allows is denied",
            AccessReason.Blacklisted => "the blacklist names the caller, and it outranks the operation's list",
            AccessReason.KeyAuthorizationOff => "key authorisation is switched off",
            _ => decision.IsAllowed ? $"{layer} name the caller" : $"{layer} do not name the caller",
        };
        string rule = decision.DecidedBy is { } by ? $" ({by.Property}, {by.Place})" : "";
        return $"{Printable.Text(caller.ShortName)} {verdict} do {what}: {why}{rule}.";
    }
}
