using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Enables keys, or single versions, that were disabled.</summary>
[Cmdlet(VerbsLifecycle.Resume, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKey))]
public sealed class ResumeKmsKeyCommand : LimitCmdlet
{
    private protected override string Action(KmsSession.Connection connection) => $"Allow its use again in {connection.Info.Uri}";

    private protected override ValueTask<KeyMetadata> ChangeAsync(IKms kms, KeyPart part, CancellationToken cancellationToken) => kms.EnableKeyAsync(part, cancellationToken);
}
