using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Brings a backup back into a store that is thrown away, and decrypts there what the backed-up store had encrypted.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsBackup")]
[OutputType(typeof(KmsBackupTest))]
public sealed class TestKmsBackupCommand : OpenBackupCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        string path = FullPath;
        BackupKeys keys = ReadKeys();
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(path, async (output, stop) =>
        {
            using BackupKeys held = keys;
            ShellProgress progress = new(output, "Trying the backup");
            BackupTrial trial = await kms.TestBackupAsync(new StoreWork<BackupRequest>(new BackupRequest(path, keys), progress), stop).ConfigureAwait(false);
            progress.End();
            await output.WriteErrorsAsync(trial.Failures, stop).ConfigureAwait(false);
            await output.WriteAsync(new KmsBackupTest(trial, path), stop).ConfigureAwait(false);
        });
    }
}
