using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Cmdlets.Supervision;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Starts a key server as a process of its own, and waits until it is ready.</summary>
[Cmdlet(VerbsLifecycle.Start, "KmsServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsServer))]
public sealed class StartKmsServerCommand : KmsCmdlet
{
    /// <summary>What the server is called.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public string Name { get; set; } = "default";

    /// <summary>A directory with Hadoop's files: core-site.xml, kms-site.xml, kms-acls.xml, ssl-server.xml.</summary>
    [Parameter]
    [Alias("ConfigDir")]
    [ValidateNotNullOrEmpty]
    public string? ConfigPath { get; set; }

    /// <summary>Where the embedded store, the certificate and the logs lie.</summary>
    [Parameter]
    [Alias("DataDir")]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

    /// <summary>Where to listen: https://HOST:PORT or http://HOST:PORT. Port 0 takes a free one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Listen { get; set; } = [];

    /// <summary>What it serves.</summary>
    [Parameter]
    [ValidateSet("kms", "keytrustee")]
    public string[] Role { get; set; } = [];

    /// <summary>How long to wait until it is ready, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 30;

    /// <summary>Stays in the foreground, shows the server's lines on the information stream, and stops it with the pipeline.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Restarts a server of this name that runs with other settings.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ServerRequest request = new(Name, FullPath(ConfigPath), FullPath(DataPath), Listen, Role);
        KmsServer? running = ServerStates.Running(Name);
        if (running is not null && !Force && IsTheSame(request))
        {
            WriteVerbose($"Server '{Name}' runs already with these settings.");
            WriteObject(running);
            return;
        }

        if (running is not null && !Force)
        {
            ShellException taken = new("ServerAlreadyRunning", ErrorCategory.ResourceExists, $"Server '{Name}' runs already at {running.Uri}, with other settings", "Restart it with -Force, stop it with Stop-KmsServer, or choose another -Name.");
            ThrowTerminatingError(ErrorRecords.From(taken, running));
        }

        if (ShouldProcess(Name, running is null ? "Start the key server" : $"Restart the key server at {running.Uri}"))
        {
            PumpOrEnd(Name, async (output, stop) => await StartAsync(request, running, output, stop).ConfigureAwait(false));
        }
    }

    private async Task StartAsync(ServerRequest request, KmsServer? running, ShellOutput output, CancellationToken stop)
    {
        TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
        if (running is not null)
        {
            await ServerProcess.StopAsync(running, timeout, force: true, stop).ConfigureAwait(false);
        }

        using ServerProcess process = ServerProcess.Start(request, detached: !Wait);
        KmsServer ready = await process.ReadyAsync(timeout, stop).ConfigureAwait(false);
        await output.WriteAsync(ready, stop).ConfigureAwait(false);
        if (Wait)
        {
            process.Line = output.WriteInformation;
            await process.FollowAsync(stop).ConfigureAwait(false);
        }
    }

    private static bool IsTheSame(ServerRequest request) =>
        File.Exists(request.FingerprintPath) && string.Equals(File.ReadAllText(request.FingerprintPath), request.Fingerprint(), StringComparison.Ordinal);

    private string? FullPath(string? path) => path is null ? null : GetUnresolvedProviderPathFromPSPath(path);
}
