using System.Globalization;
using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Deletes keys with all their versions, now or at a time to come.</summary>
[Cmdlet(VerbsCommon.Remove, "KmsKey", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(KmsKey))]
public sealed class RemoveKmsKeyCommand : DestructiveKeyCmdlet
{
    /// <summary>Plans the deletion for so much later, and disables the key until then.</summary>
    [Parameter]
    [Age]
    public TimeSpan? After { get; set; }

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        if (After is { } wait)
        {
            Plan(key, connection, wait);
            return;
        }

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

    private void Plan(KeyName key, KmsSession.Connection connection, TimeSpan wait)
    {
        if (Confirmed(key, string.Create(CultureInfo.InvariantCulture, $"Plan the deletion of the key in {connection.Info.Uri} in {wait.TotalDays:0.##} days, and forbid its use until then")))
        {
            IKms kms = connection.For(MyInvocation.MyCommand.Name);
            Pump(key.Value, async (output, stop) =>
            {
                KeyMetadata planned = await kms.ScheduleDeletionAsync(new DeletionPlan(key, wait), stop).ConfigureAwait(false);
                await output.WriteAsync(new KmsKey(planned, connection.Info.Name), stop).ConfigureAwait(false);
            });
        }
    }
}
