using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Disables keys, or single versions, until they are resumed.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKey))]
public sealed class SuspendKmsKeyCommand : LimitCmdlet
{
    private protected override string Action(KmsSession.Connection connection) => $"Forbid its use in {connection.Info.Uri}";

    private protected override ValueTask<KeyMetadata> ChangeAsync(IKms kms, KeyPart part, CancellationToken cancellationToken) => kms.DisableKeyAsync(part, cancellationToken);
}
