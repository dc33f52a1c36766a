using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Takes users and groups out of blacklists.</summary>
[Cmdlet(VerbsSecurity.Unblock, "KmsAccess", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsAclEntry))]
public sealed class UnblockKmsAccessCommand : AclEditCmdlet
{
    private protected override bool Adds => false;

    private protected override bool Grants => true;

    private protected override IEnumerable<AclTarget> Targets(string operation) => [AclTarget.OfOperation(operation, isBlacklist: true)];
}
