using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Destroys deleted keys for good.</summary>
[Cmdlet(VerbsCommon.Clear, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearKmsKeyCommand : DestructiveKeyCmdlet
{
    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        if (Confirmed(key, $"Destroy every deleted key of this name in {connection.Info.Uri} for good; data encrypted under it is lost"))
        {
            Pump(key.Value, async (_, stop) => await connection.For(MyInvocation.MyCommand.Name).PurgeKeyAsync(key, stop).ConfigureAwait(false));
        }
    }
}
