using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Brings deleted keys back with all their versions.</summary>
[Cmdlet(VerbsData.Restore, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKey))]
public sealed class RestoreKmsKeyCommand : KeyCmdlet
{
    /// <summary>Takes planned deletions back, instead of restoring keys that are deleted.</summary>
    [Parameter]
    public SwitchParameter Scheduled { get; set; }

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        if (!ShouldProcess(Printable.Text(key.Value), Scheduled ? $"Take the planned deletion back in {connection.Info.Uri}" : $"Restore the deleted key in {connection.Info.Uri}"))
        {
            return;
        }

        Pump(key.Value, async (output, stop) =>
        {
            IKms kms = connection.For(MyInvocation.MyCommand.Name);
            KeyMetadata restored = Scheduled
                ? await kms.CancelDeletionAsync(key, stop).ConfigureAwait(false)
                : await kms.RestoreKeyAsync(key, stop).ConfigureAwait(false);
            connection.Seen.Add(key.Value);
            await output.WriteAsync(new KmsKey(restored, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
