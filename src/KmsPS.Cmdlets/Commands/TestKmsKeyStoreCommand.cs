using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Looks whether a store is sound, and names all that is wrong with it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsKeyStore")]
[OutputType(typeof(KmsStoreCheck))]
public sealed class TestKmsKeyStoreCommand : KmsProviderCmdlet
{
    /// <summary>Opens every row, and makes and decrypts a data key with every version.</summary>
    [Parameter]
    public SwitchParameter Deep { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        CheckDepth depth = Deep ? CheckDepth.Deep : CheckDepth.Shallow;
        Pump(connection.Info.Uri, async (output, stop) =>
        {
            ShellProgress progress = new(output, "Checking the store");
            CheckReport report = await kms.CheckStoreAsync(new StoreWork<CheckDepth>(depth, progress), stop).ConfigureAwait(false);
            progress.End();
            await output.WriteErrorsAsync(report.Failures, stop).ConfigureAwait(false);
            await output.WriteAsync(new KmsStoreCheck(report, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
