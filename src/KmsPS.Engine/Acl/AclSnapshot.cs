using System.Collections.Frozen;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Acl;

/// <summary>
/// All rules in force at one instant, immutable. A decision is a pure function of this and the request: no I/O, no clock, no
/// allocation.
/// </summary>
/// <remarks>SOURCE: Hadoop KMSACLs.hasAccess, hasAccessToKey, isACLPresent.</remarks>
public sealed class AclSnapshot
{
    /// <summary>Operation lists: <c>hadoop.kms.acl.*</c>. An operation without one is open to everybody, but for our own: that is closed.</summary>
    public required FrozenDictionary<AclOperation, AclRule> Operations { get; init; }

    /// <summary>Blacklists: <c>hadoop.kms.blacklist.*</c>. They outrank the operation lists.</summary>
    public required FrozenDictionary<AclOperation, AclRule> Blacklists { get; init; }

    /// <summary>Lists of single keys: <c>key.acl.NAME.*</c>.</summary>
    public required FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>> Keys { get; init; }

    /// <summary>
    /// Lists of single keys for what only we know: MIGRATE, UNDELETE, PURGE. Kept apart, because a stock server ignores them: they
    /// must not make the defaults of the other operations inapplicable to the key.
    /// </summary>
    public FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>> ExtensionKeys { get; init; } = FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>>.Empty;

    /// <summary>Lists of keys that have none of their own: <c>default.key.acl.*</c>.</summary>
    public required FrozenDictionary<KeyAclType, AclRule> Defaults { get; init; }

    /// <summary>Lists that are added to every key's: <c>whitelist.key.acl.*</c>.</summary>
    public required FrozenDictionary<KeyAclType, AclRule> Whitelist { get; init; }

    /// <summary>No rule at all: every operation is open, and every key list denies.</summary>
    public static AclSnapshot Empty { get; } = new()
    {
        Operations = FrozenDictionary<AclOperation, AclRule>.Empty,
        Blacklists = FrozenDictionary<AclOperation, AclRule>.Empty,
        Keys = FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>>.Empty,
        Defaults = FrozenDictionary<KeyAclType, AclRule>.Empty,
        Whitelist = FrozenDictionary<KeyAclType, AclRule>.Empty,
    };

    /// <summary>Answers the question.</summary>
    public AccessDecision Decide(in AccessRequest request)
    {
        NoAclObserver nobody = default;
        return Decide(request, ref nobody);
    }

    /// <summary>Answers the question and tells <paramref name="observer"/> of every rule that is asked: the one code path of decisions and explanations.</summary>
    internal AccessDecision Decide<TObserver>(in AccessRequest request, ref TObserver observer)
        where TObserver : struct, IAclObserver => request.KeyAcl is { } type
        ? DecideKey(request.Caller, request.AclName ?? "", type, ref observer)
        : DecideOperation(request.Caller, request.Operation, ref observer);

    /// <summary>Whether the lists that apply to a key let the caller do anything with it: what a filtered listing asks.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="aclName">The name that <c>key.acl.*</c> knows the key by.</param>
    /// <param name="isDeleted">Whether the key is deleted, so that the rights to restore and to purge it count as well.</param>
    public bool HasAnyKeyRight(Caller caller, string aclName, bool isDeleted)
    {
        ReadOnlySpan<KeyAclType> types = isDeleted ? RightsOfDeleted : RightsInUse;
        foreach (KeyAclType type in types)
        {
            if (Decide(new AccessRequest(caller, default, default, KeyAcl: type, AclName: aclName)).IsAllowed)
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<KeyAclType> RightsInUse => [KeyAclType.Read, KeyAclType.Management, KeyAclType.GenerateEek, KeyAclType.DecryptEek, KeyAclType.Migrate];

    private static ReadOnlySpan<KeyAclType> RightsOfDeleted => [KeyAclType.Read, KeyAclType.Management, KeyAclType.GenerateEek, KeyAclType.DecryptEek, KeyAclType.Migrate, KeyAclType.Undelete, KeyAclType.Purge];

    private AccessDecision DecideOperation<TObserver>(Caller caller, AclOperation operation, ref TObserver observer)
        where TObserver : struct, IAclObserver
    {
        AclRule? rule = Operations.GetValueOrDefault(operation);
        if (rule is not null && !Ask(rule, AclLayer.Operation, caller, ref observer))
        {
            return new AccessDecision(false, AccessReason.NotInOperationAcl, rule);
        }

        return Blacklists.GetValueOrDefault(operation) is { } black && Ask(black, AclLayer.Blacklist, caller, ref observer)
            ? new AccessDecision(false, AccessReason.Blacklisted, black)
            : new AccessDecision(rule is not null || !AclNames.IsOwn(operation), rule is null ? AccessReason.NoOperationAcl : AccessReason.InOperationAcl, rule);
    }

    /// <summary>Whether a key operation is ours alone.</summary>
    public static bool IsExtension(KeyAclType type) => type >= KeyAclType.Migrate;

    // present(NAME, op) = K exists OR op in D OR op in W
    // has(NAME, op)     = (K exists ? matches(K[op]) : matches(D[op])) OR matches(W[op])
    // allowed           = present(NAME, op) AND (has(NAME, op) OR has(NAME, ALL))
    private AccessDecision DecideKey<TObserver>(Caller caller, string aclName, KeyAclType type, ref TObserver observer)
        where TObserver : struct, IAclObserver
    {
        if (IsExtension(type))
        {
            return DecideExtension(caller, aclName, type, ref observer);
        }

        FrozenDictionary<KeyAclType, AclRule>? own = Keys.GetValueOrDefault(aclName);
        AclRule? fallback = Defaults.GetValueOrDefault(type);
        AclRule? white = Whitelist.GetValueOrDefault(type);
        if (own is null && fallback is null && white is null)
        {
            return new AccessDecision(false, AccessReason.NoKeyAcl, null);
        }

        AclRule? first = own is null ? fallback : own.GetValueOrDefault(type);
        if (first is not null && Ask(first, own is null ? AclLayer.Default : AclLayer.Key, caller, ref observer))
        {
            return new AccessDecision(true, own is null ? AccessReason.InDefaultKeyAcl : AccessReason.InKeyAcl, first);
        }

        if (white is not null && Ask(white, AclLayer.Whitelist, caller, ref observer))
        {
            return new AccessDecision(true, AccessReason.InWhitelist, white);
        }

        AclRule? all = own?.GetValueOrDefault(KeyAclType.All);
        return all is not null && Ask(all, AclLayer.KeyAll, caller, ref observer)
            ? new AccessDecision(true, AccessReason.InKeyAllAcl, all, ListsConsulted: 1)
            : new AccessDecision(false, AccessReason.NotInKeyAcl, first ?? white, ListsConsulted: 2);
    }

    // What exports or destroys a key must be named: ALL does not cover it, and without any list it is denied. Key Trustee has no
    // lists of single keys here, so keytrustee.kms.acl.UNDELETE and .PURGE suffice where no key list speaks.
    private AccessDecision DecideExtension<TObserver>(Caller caller, string aclName, KeyAclType type, ref TObserver observer)
        where TObserver : struct, IAclObserver
    {
        AclRule? own = ExtensionKeys.GetValueOrDefault(aclName)?.GetValueOrDefault(type);
        AclRule? first = own ?? Defaults.GetValueOrDefault(type);
        AclRule? white = Whitelist.GetValueOrDefault(type);
        if (first is null && white is null)
        {
            AclRule? general = type switch
            {
                KeyAclType.Undelete => Operations.GetValueOrDefault(AclOperation.Undelete),
                KeyAclType.Purge => Operations.GetValueOrDefault(AclOperation.Purge),
                _ => null,
            };
            return general is not null && Ask(general, AclLayer.Operation, caller, ref observer)
                ? new AccessDecision(true, AccessReason.InOperationAcl, general)
                : new AccessDecision(false, AccessReason.NoKeyAcl, general);
        }

        if (first is not null && Ask(first, own is null ? AclLayer.Default : AclLayer.Key, caller, ref observer))
        {
            return new AccessDecision(true, own is null ? AccessReason.InDefaultKeyAcl : AccessReason.InKeyAcl, first);
        }

        return white is not null && Ask(white, AclLayer.Whitelist, caller, ref observer)
            ? new AccessDecision(true, AccessReason.InWhitelist, white)
            : new AccessDecision(false, AccessReason.NotInKeyAcl, first ?? white, ListsConsulted: 1);
    }

    private static bool Ask<TObserver>(AclRule rule, AclLayer layer, Caller caller, ref TObserver observer)
        where TObserver : struct, IAclObserver
    {
        bool matches = rule.List.Matches(caller);
        observer.Asked(rule, layer, matches);
        return matches;
    }
}
