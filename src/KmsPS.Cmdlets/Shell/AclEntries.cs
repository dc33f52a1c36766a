using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Rules as objects of the pipeline.</summary>
internal static class AclEntries
{
    /// <summary>Every list: operations, blacklists, keys by name, defaults, whitelist.</summary>
    internal static IEnumerable<KmsAclEntry> Of(AclSnapshot rules) =>
    [
        .. rules.Operations.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Operation, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Blacklists.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Blacklist, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Keys.Concat(rules.ExtensionKeys).OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(static key => key.Value.OrderBy(static pair => pair.Key).Select(pair => new KmsAclEntry(KmsAclScope.Key, key.Key, AclNames.Of(pair.Key), pair.Value))),
        .. rules.Defaults.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Default, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Whitelist.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Whitelist, null, AclNames.Of(pair.Key), pair.Value)),
    ];
}
