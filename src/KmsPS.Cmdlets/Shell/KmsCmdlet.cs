using System.Management.Automation;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Shell;

/// <summary>What every cmdlet of the module has: a stop token, the runspace's session, and the one place that waits.</summary>
public abstract class KmsCmdlet : PSCmdlet, IDisposable
{
    // A call that cannot be interrupted (a disk, a token) is left to end by itself rather than holding the prompt.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(60);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the user stops the pipeline.</summary>
    private protected CancellationToken Stop => _stop.Token;

    /// <summary>What this runspace is connected to.</summary>
    private protected static KmsSession Session => KmsSession.Current;

    /// <summary>Gives up the token source.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>
    /// Runs <paramref name="work"/> on the thread pool and emits its output here, on the pipeline thread, in order. A refusal becomes a
    /// non-terminating error about <paramref name="target"/>, so the rest of the pipeline goes on. Keys that a listing could not read
    /// become an error each.
    /// </summary>
    /// <remarks>INVARIANT: the only place in the module that blocks on a task.</remarks>
    /// <returns>Whether it ended without a refusal.</returns>
    private protected bool Pump(object? target, Func<ShellOutput, CancellationToken, Task> work)
    {
        try
        {
            Run(work);
            return true;
        }
        catch (UnreadableKeysException unreadable)
        {
            foreach (KmsException failure in unreadable.Failures)
            {
                WriteError(ErrorRecords.From(failure, failure.Subject));
            }

            return false;
        }
        catch (KmsException refusal)
        {
            WriteError(ErrorRecords.From(refusal, target));
            return false;
        }
    }

    /// <summary>As <see cref="Pump"/>, where nothing further can succeed: a refusal ends the cmdlet.</summary>
    private protected void PumpOrEnd(object? target, Func<ShellOutput, CancellationToken, Task> work)
    {
        try
        {
            Run(work);
        }
        catch (KmsException refusal)
        {
            ThrowTerminatingError(ErrorRecords.From(refusal, target));
        }
    }

    private void Run(Func<ShellOutput, CancellationToken, Task> work)
    {
        ShellOutput output = new();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task running = Start(work, output, ending.Token);
        try
        {
            output.Drain(this, _stop.Token);
            running.GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is not KmsException)
        {
            // Downstream had enough (Select-Object -First 1), or the user pressed Ctrl+C. The work's own outcome no longer matters to
            // anybody here; what it did is in the audit log.
            ending.Cancel();
            Task.WhenAny(running, Task.Delay(Grace, CancellationToken.None)).GetAwaiter().GetResult();
            if (_stop.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }

            if (running.IsFaulted && failure is not PipelineStoppedException)
            {
                ThrowTerminatingError(ErrorRecords.From(failure, null));
            }

            throw;
        }
    }

    private static Task Start(Func<ShellOutput, CancellationToken, Task> work, ShellOutput output, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            try
            {
                await work(output, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                output.Complete();
            }
        },
        CancellationToken.None);
}
