using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Deletes keys with all their versions.</summary>
[Cmdlet(VerbsCommon.Remove, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveKmsKeyCommand : DestructiveKeyCmdlet
{
    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        if (!Confirmed(key, $"Delete the key with all its versions from {connection.Info.Uri}; data encrypted under it cannot be read until it is restored"))
        {
            return;
        }

        bool done = Pump(key.Value, async (_, stop) => await connection.For(MyInvocation.MyCommand.Name).DeleteKeyAsync(key, stop).ConfigureAwait(false));
        if (done)
        {
            connection.Seen.Remove(key.Value);
        }
    }
}
