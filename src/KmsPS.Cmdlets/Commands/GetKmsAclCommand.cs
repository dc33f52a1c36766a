using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Shows access lists: those in force, or those of a file.</summary>
[Cmdlet(VerbsCommon.Get, "KmsAcl")]
[OutputType(typeof(KmsAclEntry))]
public sealed class GetKmsAclCommand : KmsProviderCmdlet
{
    /// <summary>Only lists of these keys, as access lists know them; patterns with wildcards.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>Only lists that speak of this.</summary>
    [Parameter]
    public KmsAclScope[]? Scope { get; set; }

    /// <summary>Only lists of these operations, as the file spells them; patterns with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Operation { get; set; }

    /// <summary>A kms-acls.xml to read instead of the rules in force.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AclPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string? path = AclPath is null ? null : GetUnresolvedProviderPathFromPSPath(AclPath);
        KmsSession.Connection? connection = path is null ? Connect(null) : null;
        PumpOrEnd(path ?? Provider, async (output, stop) =>
        {
            AclSnapshot rules = path is null ? RulesSource.Of(connection!) : RulesSource.Read(path);
            foreach (KmsAclEntry entry in All(rules).Where(IsWanted))
            {
                await output.WriteAsync(entry, stop).ConfigureAwait(false);
            }
        });
    }

    private bool IsWanted(KmsAclEntry entry) =>
        (Scope is null || Scope.Contains(entry.Scope))
        && (Operation is null || Operation.Any(text => ProviderNames.Matches(entry.Operation, text)))
        && (Key is null || (entry.Key is { } key && Key.Any(text => ProviderNames.Matches(key, text))));

    private static IEnumerable<KmsAclEntry> All(AclSnapshot rules) =>
    [
        .. rules.Operations.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Operation, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Blacklists.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Blacklist, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Keys.Concat(rules.ExtensionKeys).OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(static key => key.Value.OrderBy(static pair => pair.Key).Select(pair => new KmsAclEntry(KmsAclScope.Key, key.Key, AclNames.Of(pair.Key), pair.Value))),
        .. rules.Defaults.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Default, null, AclNames.Of(pair.Key), pair.Value)),
        .. rules.Whitelist.OrderBy(static pair => pair.Key).Select(static pair => new KmsAclEntry(KmsAclScope.Whitelist, null, AclNames.Of(pair.Key), pair.Value)),
    ];
}
