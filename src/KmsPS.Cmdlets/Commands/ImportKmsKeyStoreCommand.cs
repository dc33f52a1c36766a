using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Takes the keys of a Java keystore over: Hadoop's, or one that Ranger KMS exported.</summary>
[Cmdlet(VerbsData.Import, "KmsKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKeyMoveResult))]
public sealed class ImportKmsKeyStoreCommand : KeyStoreCmdlet
{
    private protected override bool IsSource => true;
}
