using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.InteropServices;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Supervision;

/// <summary>Starts one server, waits until it is ready, and stops it.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const int SigTerm = 15;
    private const int KeptLines = 20;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    private readonly ServerRequest _request;
    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    private ServerProcess(ServerRequest request, Process process)
    {
        _request = request;
        _process = process;
    }

    /// <summary>Told of each line that the server prints.</summary>
    internal Action<string>? Line { get; set; }

    /// <summary>Starts it.</summary>
    /// <exception cref="ShellException"><c>ServerStartFailed</c>: it is not there, or the system would not.</exception>
    internal static ServerProcess Start(ServerRequest request, bool detached)
    {
        ProcessStartInfo start = ServerProgram.Find(request.Arguments(detached));
        try
        {
            Directory.CreateDirectory(ServerStates.Folder);
            Process process = Process.Start(start) ?? throw new Win32Exception("no process");
            ServerProcess server = new(request, process);
            process.StandardInput.Close();
            process.OutputDataReceived += (_, line) => server.Take(line.Data);
            process.ErrorDataReceived += (_, line) => server.Take(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return server;
        }
        catch (Exception refused) when (refused is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new ShellException("ServerStartFailed", ErrorCategory.OpenError, $"{start.FileName} could not be started: {refused.Message}", "Look whether the file is there and may be executed.", refused);
        }
    }

    /// <summary>Waits for the state file: it is written when every listener is bound and the store has passed its self-test.</summary>
    /// <exception cref="ShellException"><c>ServerStartFailed</c> with the server's last words, or <c>ServerNotReady</c>.</exception>
    internal async Task<KmsServer> ReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Whoever stops waiting does not want a server that nobody knows of.
        await using CancellationTokenRegistration giveUp = cancellationToken.Register(() => Terminate(_process));
        string file = Path.Combine(ServerStates.Folder, _request.Name + ".json");
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < timeout)
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                throw Failed();
            }

            if (File.Exists(file) && ServerStates.Read(file) is { } server && server.ProcessId == _process.Id)
            {
                await File.WriteAllTextAsync(_request.FingerprintPath, _request.Fingerprint(), cancellationToken).ConfigureAwait(false);
                return server;
            }

            await Task.Delay(Pace, cancellationToken).ConfigureAwait(false);
        }

        _process.Kill();
        throw new ShellException(
            "ServerNotReady", ErrorCategory.OperationTimeout,
            string.Create(CultureInfo.InvariantCulture, $"Server '{_request.Name}' was not ready within {timeout.TotalSeconds} s and was ended. It said: {LastWords()}"),
            "Give it longer with -TimeoutSec, or read its log.");
    }

    /// <summary>Waits for its end, and stops it when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <exception cref="ShellException"><c>ServerFailed</c>: it ended by itself, with an error.</exception>
    internal async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using (cancellationToken.Register(() => Terminate(_process)))
        {
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_process.ExitCode != 0)
        {
            throw new ShellException(
                "ServerFailed", ErrorCategory.OperationStopped,
                string.Create(CultureInfo.InvariantCulture, $"Server '{_request.Name}' ended with exit code {_process.ExitCode}. It said: {LastWords()}"));
        }
    }

    /// <summary>Stops a server: asks, waits until it has answered what it was asked, and ends it where that is allowed.</summary>
    /// <exception cref="ShellException"><c>ServerNotStopped</c>: it still runs.</exception>
    internal static async Task StopAsync(KmsServer server, TimeSpan timeout, bool force, CancellationToken cancellationToken)
    {
        using Process? process = ServerStates.ProcessOf(server.ProcessId, server.Started);
        if (process is not null)
        {
            Terminate(process);
            if (!await EndedAsync(process, timeout, cancellationToken).ConfigureAwait(false))
            {
                if (!force)
                {
                    throw new ShellException(
                        "ServerNotStopped", ErrorCategory.OperationTimeout,
                        string.Create(CultureInfo.InvariantCulture, $"Server '{server.Name}' (process {server.ProcessId}) still runs {timeout.TotalSeconds} s after it was asked to stop"),
                        "Give it longer with -TimeoutSec, or end it with -Force.");
                }

                process.Kill();
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        // A server that was killed leaves its file behind.
        File.Delete(server.StatePath);
        File.Delete(Path.ChangeExtension(server.StatePath, ".request"));
    }

    /// <summary>Lets go of the handle; the process lives on.</summary>
    public void Dispose()
    {
        _process.Dispose();
    }

    private static async Task<bool> EndedAsync(Process process, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(timeout);
        try
        {
            await process.WaitForExitAsync(late.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Windows has no signal that a windowless process of another console could take; there the process is ended.
    private static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
        }
        else
        {
            _ = Signal(process.Id, SigTerm);
        }
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }
        }

        Line?.Invoke(line);
    }

    private ShellException Failed() => new(
        "ServerStartFailed", ErrorCategory.OpenError,
        string.Create(CultureInfo.InvariantCulture, $"Server '{_request.Name}' did not start (exit code {_process.ExitCode}). It said: {LastWords()}"));

    private string LastWords()
    {
        lock (_lastLines)
        {
            return _lastLines.Count == 0 ? "nothing" : string.Join(Environment.NewLine, _lastLines);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
