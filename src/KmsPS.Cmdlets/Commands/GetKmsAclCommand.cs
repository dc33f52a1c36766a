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
            foreach (KmsAclEntry entry in AclEntries.Of(rules).Where(IsWanted))
            {
                await output.WriteAsync(entry, stop).ConfigureAwait(false);
            }
        });
    }

    private bool IsWanted(KmsAclEntry entry) =>
        (Scope is null || Scope.Contains(entry.Scope))
        && (Operation is null || Operation.Any(text => ProviderNames.Matches(entry.Operation, text)))
        && (Key is null || (entry.Key is { } key && Key.Any(text => ProviderNames.Matches(key, text))));
}
