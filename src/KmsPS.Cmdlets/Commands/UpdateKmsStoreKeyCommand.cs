using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Replaces the store key while servers go on.</summary>
[Cmdlet(VerbsData.Update, "KmsStoreKey", DefaultParameterSetName = Whole, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsStoreKey))]
public sealed class UpdateKmsStoreKeyCommand : KmsProviderCmdlet
{
    private const string Whole = "Whole";
    private const string Staging = "Staging";
    private const string Staged = "Staged";

    /// <summary>Only makes the new store key in the key file, so that the file can be copied to other servers first.</summary>
    [Parameter(ParameterSetName = Staging, Mandatory = true)]
    public SwitchParameter Stage { get; set; }

    /// <summary>Uses the store key of this id, which was staged before.</summary>
    [Parameter(ParameterSetName = Staged, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern("^[0-9A-Fa-f]{32}$")]
    public string? StoreKeyId { get; set; }

    /// <summary>No other server uses the database, so nothing need be copied first.</summary>
    [Parameter(ParameterSetName = Whole)]
    public SwitchParameter OnlyServer { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        if (!ShouldProcess(connection.Info.Uri, Stage ? "Make a new store key, to be used later" : "Replace the store key and seal every row anew"))
        {
            return;
        }

        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        RekeyRequest how = new(Stage, StoreKeyId, OnlyServer);
        Pump(connection.Info.Uri, async (output, stop) =>
        {
            ShellProgress progress = new(output, "Replacing the store key");
            RekeyReport report = await kms.RekeyStoreAsync(new StoreWork<RekeyRequest>(how, progress), stop).ConfigureAwait(false);
            progress.End();
            await output.WriteErrorsAsync(report.Failures, stop).ConfigureAwait(false);
            if (report.IsResumed)
            {
                await output.WriteWarningAsync("An earlier replacement had not ended. It was continued, and no further store key was made.", stop).ConfigureAwait(false);
            }

            await output.WriteAsync(new KmsStoreKey(report, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
