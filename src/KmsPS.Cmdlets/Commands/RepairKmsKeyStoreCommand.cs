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

        // The engine repairs a store in one write: whoever declines one change has not agreed to the write. -WhatIf declines them all.
        IReadOnlyList<StoreRepair> repairs = planned?.Repairs ?? [];
        bool isWanted = repairs.Count > 0;
        foreach (StoreRepair repair in repairs)
        {
            isWanted &= ShouldProcess($"{repair.Kind} {repair.Subject}", repair.Action);
        }

        if (!isWanted && repairs.Count > 0)
        {
            // What is wrong in a store that is not repaired is what Test-KmsKeyStore tells.
            WriteVerbose("A store is repaired as a whole; nothing was changed.");
            return;
        }

        Pump(connection.Info.Uri, async (output, stop) =>
        {
            RepairReport? report = isWanted ? await kms.RepairStoreAsync(new StoreWork<RepairRequest>(new RepairRequest(IsTrial: false)), stop).ConfigureAwait(false) : planned;
            foreach (StoreRepair repair in report?.Repairs ?? [])
            {
                await output.WriteAsync(new KmsStoreRepair(repair, report!.Copy, connection.Info.Name), stop).ConfigureAwait(false);
            }

            await output.WriteErrorsAsync(report?.Failures ?? [], stop).ConfigureAwait(false);
        });
    }
}
