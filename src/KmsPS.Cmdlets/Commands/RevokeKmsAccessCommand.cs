using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Takes users and groups out of access lists.</summary>
[Cmdlet(VerbsSecurity.Revoke, "KmsAccess", DefaultParameterSetName = OfOperation, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsAclEntry))]
public sealed class RevokeKmsAccessCommand : AclListCmdlet
{
    private protected override bool Adds => false;

    private protected override bool Grants => false;
}
