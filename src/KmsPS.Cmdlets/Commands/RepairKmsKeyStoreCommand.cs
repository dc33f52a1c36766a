using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Puts right in a store what can be put right, after a copy was made of it.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "KmsKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsStoreRepair))]
public sealed class RepairKmsKeyStoreCommand : KmsProviderCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        RepairReport? planned = null;
        Pump(connection.Info.Uri, async (_, stop) => planned = await kms.RepairStoreAsync(new StoreWork<RepairRequest>(new RepairRequest(IsTrial: true)), stop).ConfigureAwait(false));
        bool isWanted = false;
        foreach (StoreRepair repair in planned?.Repairs ?? [])
        {
            isWanted |= ShouldProcess($"{repair.Kind} {repair.Subject}", repair.Action);
        }

        Pump(connection.Info.Uri, async (output, stop) =>
        {
            RepairReport? report = isWanted ? await kms.RepairStoreAsync(new StoreWork<RepairRequest>(new RepairRequest(IsTrial: false)), stop).ConfigureAwait(false) : null;
            foreach (StoreRepair repair in report?.Repairs ?? [])
            {
                await output.WriteAsync(new KmsStoreRepair(repair, report!.Copy, connection.Info.Name), stop).ConfigureAwait(false);
            }

            foreach (StoreFailure failure in (report ?? (planned is { Repairs.Count: 0 } ? planned : null))?.Failures ?? [])
            {
                await output.WriteErrorAsync(ErrorRecords.Of(failure), stop).ConfigureAwait(false);
            }
        });
    }
}
