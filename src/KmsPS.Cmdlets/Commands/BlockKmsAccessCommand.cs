using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Puts users and groups into blacklists, which outrank every operation's list.</summary>
[Cmdlet(VerbsSecurity.Block, "KmsAccess", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsAclEntry))]
public sealed class BlockKmsAccessCommand : AclEditCmdlet
{
    private protected override bool Adds => true;

    private protected override bool Grants => false;

    private protected override IEnumerable<AclTarget> Targets(string operation) => [AclTarget.OfOperation(operation, isBlacklist: true)];
}
