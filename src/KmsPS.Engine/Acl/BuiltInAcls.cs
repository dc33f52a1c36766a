using System.Collections.Frozen;

namespace KmsPS.Engine.Acl;

/// <summary>
/// The rules of a server that has no <c>kms-acls.xml</c>: everything is open to everybody who can sign in, but for reading and
/// setting material, deleting, restoring, purging, migrating and administering the store, which only the account that runs the server may.
/// </summary>
/// <remarks>A stock server does not start without the file, so no stock set-up can depend on anything else here.</remarks>
public static class BuiltInAcls
{
    /// <summary>What rules name as their file.</summary>
    public const string Place = "built-in";

    /// <summary>The rules for a server that runs as <paramref name="account"/>.</summary>
    public static AclSnapshot For(string account)
    {
        AccessList owner = AccessList.OfUser(account);
        AccessList everybody = AccessList.Parse("*");
        AclOperation[] guarded = [AclOperation.Get, AclOperation.Delete, AclOperation.SetKeyMaterial, AclOperation.Undelete, AclOperation.Purge, AclOperation.Administer];
        KeyAclType[] open = [KeyAclType.Read, KeyAclType.Management, KeyAclType.GenerateEek, KeyAclType.DecryptEek];
        return new AclSnapshot
        {
            Operations = guarded.ToFrozenDictionary(static each => each, each => new AclRule(AclNames.Property(each), account, owner, Place, 0)),
            Blacklists = FrozenDictionary<AclOperation, AclRule>.Empty,
            Keys = FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>>.Empty,
            Defaults = open.Select(each => Rule(each, "*", everybody)).Append(Rule(KeyAclType.Migrate, account, owner)).ToFrozenDictionary(static each => each.Type, static each => each.Rule),
            Whitelist = FrozenDictionary<KeyAclType, AclRule>.Empty,
        };
    }

    private static (KeyAclType Type, AclRule Rule) Rule(KeyAclType type, string value, AccessList list) =>
        (type, new AclRule(AclNames.DefaultPrefix + AclNames.Of(type), value, list, Place, 0));
}
