using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>Explains answers of the access lists: the same code decides, and every rule that it asks is written down.</summary>
public static class AclExplainer
{
    /// <summary>Answers the question with its reasons.</summary>
    public static AccessExplanation Explain(AclSnapshot acl, in AccessRequest request)
    {
        Notebook notes = new([]);
        AccessDecision decision = acl.Decide(request, ref notes);
        return new AccessExplanation(
            decision,
            notes.Considered,
            request.Caller.Groups,
            Sentence(request, decision),
            request.KeyAcl is { } type ? KeyChange(acl, request.Caller, request.AclName ?? "", type, decision) : OperationChange(acl, request.Caller, request.Operation, decision));
    }

    /// <summary>What the lists of an operation alone say of a caller.</summary>
    public static AccessExplanation ExplainOperation(AclSnapshot acl, Caller caller, AclOperation operation) => Explain(acl, new AccessRequest(caller, operation, default));

    /// <summary>What the lists of keys alone say of a caller.</summary>
    public static AccessExplanation ExplainKey(AclSnapshot acl, Caller caller, KeyAclType type, string aclName) =>
        Explain(acl, new AccessRequest(caller, default, default, aclName, type, aclName));

    private static string Sentence(in AccessRequest request, in AccessDecision decision)
    {
        string who = Printable.Text(request.Caller.ShortName);
        string what = request.KeyAcl is { } type ? $"{AclNames.Of(type)} on key '{Printable.Text(request.AclName ?? "")}'" : AclNames.Of(request.Operation);
        string rule = decision.DecidedBy is { } by ? $"{Printable.Text(by.Property)} ({by.Place})" : "";
        return decision.Reason switch
        {
            AccessReason.NoOperationAcl when !decision.IsAllowed => $"{who} may not {what}: without the list {AclNames.Property(request.Operation)} nobody may.",
            AccessReason.NoOperationAcl => $"{who} may {what}: no list restricts the operation.",
            AccessReason.InOperationAcl => $"{who} may {what}: {rule} names {Named(decision.DecidedBy!.List, request.Caller)}.",
            AccessReason.NotInOperationAcl => $"{who} may not {what}: {rule} names neither the user nor one of its groups.",
            AccessReason.Blacklisted => $"{who} may not {what}: the blacklist {rule} names {Named(decision.DecidedBy!.List, request.Caller)}, and a blacklist outranks every list.",
            AccessReason.InKeyAcl or AccessReason.InKeyAllAcl => $"{who} may {what}: the key's own list {rule} names {Named(decision.DecidedBy!.List, request.Caller)}.",
            AccessReason.InDefaultKeyAcl => $"{who} may {what}: the key has no lists of its own, and {rule} names {Named(decision.DecidedBy!.List, request.Caller)}.",
            AccessReason.InWhitelist => $"{who} may {what}: {rule} names {Named(decision.DecidedBy!.List, request.Caller)}, and the whitelist is added to every key's lists.",
            AccessReason.NotInKeyAcl => rule.Length > 0
                ? $"{who} may not {what}: {rule} and the other lists that apply to the key name neither the user nor one of its groups."
                : $"{who} may not {what}: the key has lists of its own but none for this, so the defaults do not apply to it.",
            AccessReason.NoKeyAcl => $"{who} may not {what}: no key, default or whitelist list speaks of it.",
            _ => $"{who} may {what}: key authorisation is switched off.",
        };
    }

    private static string Named(AccessList list, Caller caller) =>
        list.IsEverybody ? "everybody"
        : list.Users.Contains(caller.ShortName) ? "the user"
        : $"the group {Printable.Text(list.Groups.FirstCommon(caller.Groups) ?? "")}";

    private static List<AclEdit> OperationChange(AclSnapshot acl, Caller caller, AclOperation operation, in AccessDecision decision)
    {
        if (decision.IsAllowed)
        {
            return [new AclEdit(true, AclNames.BlacklistProperty(operation), caller.ShortName)];
        }

        List<AclEdit> edits = [];
        if (acl.Operations.GetValueOrDefault(operation) is { } rule && !rule.List.Matches(caller))
        {
            edits.Add(new AclEdit(true, rule.Property, caller.ShortName));
        }
        else if (decision.Reason == AccessReason.NoOperationAcl)
        {
            edits.Add(new AclEdit(true, AclNames.Property(operation), caller.ShortName));
        }

        if (acl.Blacklists.GetValueOrDefault(operation) is { } black)
        {
            edits.AddRange(Removals(black, caller));
        }

        return edits;
    }

    private static List<AclEdit> KeyChange(AclSnapshot acl, Caller caller, string aclName, KeyAclType type, in AccessDecision decision)
    {
        System.Collections.Frozen.FrozenDictionary<KeyAclType, AclRule>? own = (AclSnapshot.IsExtension(type) ? acl.ExtensionKeys : acl.Keys).GetValueOrDefault(aclName);
        AclRule? first = own is null || (AclSnapshot.IsExtension(type) && !own.ContainsKey(type)) ? acl.Defaults.GetValueOrDefault(type) : own.GetValueOrDefault(type);
        if (!decision.IsAllowed)
        {
            // A key's first own list would switch its defaults off, so where there are defaults the general lists are extended.
            bool mayBeOwn = own is not null || AclSnapshot.IsExtension(type) || acl.Defaults.Count == 0;
            string property = first?.Property ?? (mayBeOwn ? AclNames.Property(aclName, type) : AclNames.WhitelistPrefix + AclNames.Of(type));
            return [new AclEdit(true, property, caller.ShortName)];
        }

        if (decision.Reason == AccessReason.InOperationAcl)
        {
            return [.. Removals(decision.DecidedBy!, caller)];
        }

        AclRule?[] granting = [first, acl.Whitelist.GetValueOrDefault(type), AclSnapshot.IsExtension(type) ? null : own?.GetValueOrDefault(KeyAclType.All)];
        return [.. granting.OfType<AclRule>().SelectMany(rule => Removals(rule, caller))];
    }

    private static IEnumerable<AclEdit> Removals(AclRule rule, Caller caller)
    {
        if (rule.List.IsEverybody)
        {
            yield return new AclEdit(false, rule.Property, "*");
            yield break;
        }

        if (rule.List.Users.Contains(caller.ShortName))
        {
            yield return new AclEdit(false, rule.Property, caller.ShortName);
        }

        if (rule.List.Groups.Count > 0)
        {
            foreach (string group in caller.Groups.Where(rule.List.Groups.Contains))
            {
                yield return new AclEdit(false, rule.Property, group, IsGroup: true);
            }
        }
    }

    private readonly struct Notebook(List<ConsideredRule> considered) : IAclObserver
    {
        public List<ConsideredRule> Considered => considered;

        public void Asked(AclRule rule, AclLayer layer, bool matches) => considered.Add(new ConsideredRule(rule, layer, matches));
    }
}
