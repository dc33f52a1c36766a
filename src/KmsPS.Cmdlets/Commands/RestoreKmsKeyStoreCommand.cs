using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Brings a backup back into an empty store.</summary>
[Cmdlet(VerbsData.Restore, "KmsKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsRestoredStore))]
public sealed class RestoreKmsKeyStoreCommand : OpenBackupCmdlet
{
    /// <summary>Version numbers to leave out for each name: more than were rolled since the backup was made.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int NumberGap { get; set; } = RestoreRequest.UsualGap;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        string path = FullPath;
        if (!ShouldProcess(connection.Info.Uri, $"Bring back {path}"))
        {
            return;
        }

        BackupKeys keys = ReadKeys();
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(path, async (output, stop) =>
        {
            using BackupKeys held = keys;
            ShellProgress progress = new(output, "Bringing the backup back");
            RestoreReport report = await kms.RestoreStoreAsync(new StoreWork<RestoreRequest>(new RestoreRequest(path, keys, NumberGap), progress), stop).ConfigureAwait(false);
            progress.End();
            await output.WriteAsync(new KmsRestoredStore(report, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
