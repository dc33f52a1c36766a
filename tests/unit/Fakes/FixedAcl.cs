using System.Collections.Frozen;
using KmsPS.Engine.Acl;

namespace KmsPS.Tests.Fakes;

/// <summary>Rules that never change.</summary>
public sealed class FixedAcl(AclSnapshot snapshot) : IAclSource
{
    public AclSnapshot Current { get; set; } = snapshot;

    /// <summary>Every operation and every key is open to everybody.</summary>
    public static FixedAcl Open { get; } = new(new AclSnapshot
    {
        Operations = FrozenDictionary<AclOperation, AclRule>.Empty,
        Blacklists = FrozenDictionary<AclOperation, AclRule>.Empty,
        Keys = FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>>.Empty,
        Defaults = Enum.GetValues<KeyAclType>().Where(static type => type != KeyAclType.All).ToFrozenDictionary(static type => type, static type => new AclRule($"default.key.acl.{type}", "*", AccessList.Parse("*"), "test", 0)),
        Whitelist = FrozenDictionary<KeyAclType, AclRule>.Empty,
    });
}
