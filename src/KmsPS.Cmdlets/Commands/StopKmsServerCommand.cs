using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Cmdlets.Supervision;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Stops key servers: each answers what it was asked, then ends.</summary>
[Cmdlet(VerbsLifecycle.Stop, "KmsServer", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class StopKmsServerCommand : KmsCmdlet
{
    private const string ByObject = "ByObject";
    private const string ByName = "ByName";

    /// <summary>A server, as Get-KmsServer and Start-KmsServer give it.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsServer? InputObject { get; set; }

    /// <summary>Names, or patterns with wildcards.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>How long a server may take to end, in seconds.</summary>
    [Parameter]
    [ValidateRange(0, 3600)]
    public int TimeoutSec { get; set; } = 30;

    /// <summary>Ends the process of a server that has not stopped in time.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is { } given && ParameterSetName == ByObject)
        {
            Halt(given);
            return;
        }

        foreach (string text in Name)
        {
            KmsServer[] found = [.. ServerNames.Matching(text)];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            {
                WriteError(ServerNames.Unknown(text));
            }

            foreach (KmsServer server in found)
            {
                Halt(server);
            }
        }
    }

    private void Halt(KmsServer server)
    {
        if (ServerStates.ProcessOf(server.ProcessId, server.Started) is not { } process)
        {
            WriteVerbose($"Server '{server.Name}' is stopped already.");
            return;
        }

        process.Dispose();
        if (ShouldProcess(server.Name, $"Stop the key server at {server.Uri} (process {server.ProcessId})"))
        {
            Pump(server, async (_, stop) => await ServerProcess.StopAsync(server, TimeSpan.FromSeconds(TimeoutSec), Force, stop).ConfigureAwait(false));
        }
    }
}
