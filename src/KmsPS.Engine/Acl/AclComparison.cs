using System.Collections.Frozen;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>Whom a change is about.</summary>
public enum AclSubjectKind
{
    /// <summary>A user by name, in no group.</summary>
    User,

    /// <summary>Any member of a group.</summary>
    Group,

    /// <summary>Anybody whom no list names.</summary>
    Everybody,
}

/// <summary>One difference between two sets of rules.</summary>
/// <param name="Kind">Whom it is about.</param>
/// <param name="Subject">The user or group; <c>*</c> for everybody.</param>
/// <param name="Operation">The operation, where it is about one.</param>
/// <param name="KeyAcl">The key operation, where it is about one.</param>
/// <param name="AclName">The key; <see langword="null"/> for every key without lists of its own.</param>
/// <param name="Gains">Whether the subject gains it; else it loses it.</param>
/// <param name="Before">The rule that decided before.</param>
/// <param name="After">The rule that decides now.</param>
public sealed record AclChange(AclSubjectKind Kind, string Subject, AclOperation? Operation, KeyAclType? KeyAcl, string? AclName, bool Gains, AclRule? Before, AclRule? After)
{
    /// <summary>One line for people: <c>+ group eng: DECRYPT_EEK on key 'k1' (kms-acls.xml:12)</c>.</summary>
    public override string ToString()
    {
        string who = Kind switch
        {
            AclSubjectKind.User => $"user {Printable.Text(Subject)}",
            AclSubjectKind.Group => $"group {Printable.Text(Subject)}",
            _ => "everybody",
        };
        string what = Operation is { } operation ? AclNames.Of(operation)
            : $"{AclNames.Of(KeyAcl!.Value)} on {(AclName is null ? "every key without lists of its own" : $"key '{Printable.Text(AclName)}'")}";
        string where = (After ?? Before) is { } rule ? $" ({rule.Place})" : "";
        return $"{(Gains ? '+' : '-')} {who}: {what}{where}";
    }
}

/// <summary>
/// Who gains and who loses what between two sets of rules. Both are asked the same questions, by the same code that decides
/// requests: for every user and group that a list names, and for a stranger.
/// </summary>
public static class AclComparison
{
    // No name from a file can equal it: names are trimmed.
    private const string Nobody = " ";

    private static readonly AclOperation[] AllOperations = Enum.GetValues<AclOperation>();
    private static readonly KeyAclType[] KeyTypes = [.. Enum.GetValues<KeyAclType>().Where(static each => each != KeyAclType.All)];

    /// <summary>Compares; operations first, then general key rules, then single keys by name.</summary>
    public static IReadOnlyList<AclChange> Compare(AclSnapshot before, AclSnapshot after)
    {
        List<AclChange> changes = [];
        foreach (AclOperation operation in AllOperations)
        {
            AclRule?[] rules = [before.Operations.GetValueOrDefault(operation), after.Operations.GetValueOrDefault(operation), before.Blacklists.GetValueOrDefault(operation), after.Blacklists.GetValueOrDefault(operation)];
            if (!Same(rules[0], rules[1]) || !Same(rules[2], rules[3]))
            {
                Compare(before, after, rules, operation, null, null, changes);
            }
        }

        bool general = Differs(before.Defaults, after.Defaults) || Differs(before.Whitelist, after.Whitelist)
            || Differs(Vendor(before), Vendor(after));
        if (general)
        {
            CompareKey(before, after, null, changes);
        }

        foreach (string key in before.Keys.Keys.Union(after.Keys.Keys).Union(before.ExtensionKeys.Keys).Union(after.ExtensionKeys.Keys).Order(StringComparer.Ordinal))
        {
            if (general || Differs(before.Keys.GetValueOrDefault(key), after.Keys.GetValueOrDefault(key)) || Differs(before.ExtensionKeys.GetValueOrDefault(key), after.ExtensionKeys.GetValueOrDefault(key)))
            {
                CompareKey(before, after, key, changes);
            }
        }

        return changes;
    }

    private static void CompareKey(AclSnapshot before, AclSnapshot after, string? aclName, List<AclChange> changes)
    {
        foreach (KeyAclType type in KeyTypes)
        {
            AclRule?[] rules = [.. Rules(before, aclName, type), .. Rules(after, aclName, type)];
            Compare(before, after, rules, null, type, aclName, changes);
        }
    }

    private static IEnumerable<AclRule?> Rules(AclSnapshot acl, string? aclName, KeyAclType type)
    {
        yield return acl.Defaults.GetValueOrDefault(type);
        yield return acl.Whitelist.GetValueOrDefault(type);
        if (aclName is not null)
        {
            yield return acl.Keys.GetValueOrDefault(aclName)?.GetValueOrDefault(type);
            yield return acl.Keys.GetValueOrDefault(aclName)?.GetValueOrDefault(KeyAclType.All);
            yield return acl.ExtensionKeys.GetValueOrDefault(aclName)?.GetValueOrDefault(type);
        }

        if (type is KeyAclType.Undelete or KeyAclType.Purge)
        {
            yield return acl.Operations.GetValueOrDefault(type == KeyAclType.Undelete ? AclOperation.Undelete : AclOperation.Purge);
        }
    }

    private static void Compare(AclSnapshot before, AclSnapshot after, AclRule?[] rules, AclOperation? operation, KeyAclType? type, string? aclName, List<AclChange> changes)
    {
        bool? everybody = null;
        everybody = Ask(AclSubjectKind.Everybody, "*");
        foreach (string user in rules.SelectMany(static rule => rule?.List.Users ?? NameSet.Empty).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            Ask(AclSubjectKind.User, user);
        }

        foreach (string group in rules.SelectMany(static rule => rule?.List.Groups ?? NameSet.Empty).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            Ask(AclSubjectKind.Group, group);
        }

        // What everybody gains or loses is said once, not again for each name.
        bool? Ask(AclSubjectKind kind, string subject)
        {
            Caller caller = new(kind == AclSubjectKind.User ? subject : Nobody, subject, AuthenticationMethod.Process, kind == AclSubjectKind.Group ? NameSet.Of(subject) : NameSet.Empty);
            AccessRequest request = new(caller, operation ?? default, default, null, type, type is null ? null : aclName ?? Nobody);
            AccessDecision was = before.Decide(request);
            AccessDecision now = after.Decide(request);
            if (was.IsAllowed == now.IsAllowed)
            {
                return null;
            }

            if (kind == AclSubjectKind.Everybody || everybody != now.IsAllowed)
            {
                changes.Add(new AclChange(kind, subject, operation, type, aclName, now.IsAllowed, was.DecidedBy, now.DecidedBy));
            }

            return now.IsAllowed;
        }
    }

    private static FrozenDictionary<AclOperation, AclRule> Vendor(AclSnapshot acl) => acl.Operations.Where(static each => AclNames.IsVendor(each.Key)).ToFrozenDictionary();

    private static bool Same(AclRule? left, AclRule? right) => left?.Value == right?.Value;

    private static bool Differs<T>(FrozenDictionary<T, AclRule>? left, FrozenDictionary<T, AclRule>? right)
        where T : notnull
    {
        if (left is null || right is null)
        {
            return left is not null || right is not null;
        }

        return left.Count != right.Count || left.Any(each => !Same(each.Value, right.GetValueOrDefault(each.Key)));
    }
}
