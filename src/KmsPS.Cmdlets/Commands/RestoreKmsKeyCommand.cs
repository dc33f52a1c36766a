using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Brings deleted keys back with all their versions.</summary>
[Cmdlet(VerbsData.Restore, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsKey))]
public sealed class RestoreKmsKeyCommand : KeyCmdlet
{
    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        if (!ShouldProcess(Printable.Text(key.Value), $"Restore the deleted key in {connection.Info.Uri}"))
        {
            return;
        }

        Pump(key.Value, async (output, stop) =>
        {
            KeyMetadata restored = await connection.For(MyInvocation.MyCommand.Name).RestoreKeyAsync(key, stop).ConfigureAwait(false);
            connection.Seen.Add(key.Value);
            await output.WriteAsync(new KmsKey(restored, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
