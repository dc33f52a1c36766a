using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Puts users and groups into access lists.</summary>
[Cmdlet(VerbsSecurity.Grant, "KmsAccess", DefaultParameterSetName = OfOperation, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsAclEntry))]
public sealed class GrantKmsAccessCommand : AclListCmdlet
{
    private protected override bool Adds => true;

    private protected override bool Grants => true;
}
