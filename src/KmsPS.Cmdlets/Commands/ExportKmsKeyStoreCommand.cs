using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Writes keys into a Java keystore, as Hadoop's own KMS reads it.</summary>
[Cmdlet(VerbsData.Export, "KmsKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKeyMoveResult))]
public sealed class ExportKmsKeyStoreCommand : KeyStoreCmdlet
{
    private protected override bool IsSource => false;
}
