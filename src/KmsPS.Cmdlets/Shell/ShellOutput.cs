using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using KmsPS.Engine.Providers;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// The way back from the thread pool to the pipeline thread. Work writes into a list; the pipeline thread takes the whole list at
/// once, so an object costs a lock and not a thread switch.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The event is only waited on through its monitor and holds no handle; work that was left behind may still set it.")]
internal sealed class ShellOutput
{
    // Enough to keep the pipeline busy, little enough that a listing of a million keys never lies in memory.
    private const int Room = 1024;

    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _ready = new(initialState: false);
    private List<Entry> _waiting = [];
    private TaskCompletionSource? _roomMade;
    private bool _completed;

    /// <summary>Hands an object to the pipeline; waits while the pipeline is far behind.</summary>
    internal ValueTask WriteAsync(object value, CancellationToken cancellationToken) => AddAsync(new Entry(Kind.Object, value), cancellationToken);

    /// <summary>Hands over a non-terminating error.</summary>
    internal ValueTask WriteErrorAsync(ErrorRecord error, CancellationToken cancellationToken) => AddAsync(new Entry(Kind.Error, error), cancellationToken);

    /// <summary>Hands over an error for each thing in a store that is not what it should be.</summary>
    internal async ValueTask WriteErrorsAsync(IReadOnlyList<StoreFailure> failures, CancellationToken cancellationToken)
    {
        foreach (StoreFailure failure in failures)
        {
            await WriteErrorAsync(ErrorRecords.Of(failure), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Hands over a line for <c>-Verbose</c>.</summary>
    internal ValueTask WriteVerboseAsync(string text, CancellationToken cancellationToken) => AddAsync(new Entry(Kind.Verbose, text), cancellationToken);

    /// <summary>Hands over a warning.</summary>
    internal ValueTask WriteWarningAsync(string text, CancellationToken cancellationToken) => AddAsync(new Entry(Kind.Warning, text), cancellationToken);

    /// <summary>Hands over a line of the information stream. Whoever prints it does not wait.</summary>
    internal void WriteInformation(string text)
    {
        lock (_gate)
        {
            _waiting.Add(new Entry(Kind.Information, text));
            _ready.Set();
        }
    }

    /// <summary>Hands over how far the work is. Whoever tells it does not wait.</summary>
    internal void WriteProgress(ProgressRecord progress)
    {
        lock (_gate)
        {
            _waiting.Add(new Entry(Kind.Progress, progress));
            _ready.Set();
        }
    }

    /// <summary>Asks the user on the pipeline thread, after everything that was written before.</summary>
    internal async ValueTask<bool> AskAsync(Func<Cmdlet, bool> question, CancellationToken cancellationToken)
    {
        TaskCompletionSource<bool> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await AddAsync(new Entry(Kind.Question, new Action<Cmdlet>(cmdlet => answer.SetResult(question(cmdlet)))), cancellationToken).ConfigureAwait(false);
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing more will come.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            _ready.Set();
        }
    }

    /// <summary>Writes what comes on the pipeline thread until nothing more will, or until <paramref name="stop"/>.</summary>
    internal void Drain(Cmdlet cmdlet, CancellationToken stop)
    {
        while (Take(stop) is { } batch)
        {
            foreach (Entry entry in batch)
            {
                entry.Emit(cmdlet);
            }
        }
    }

    private List<Entry>? Take(CancellationToken stop)
    {
        _ready.Wait(stop);
        TaskCompletionSource? roomMade;
        List<Entry> batch;
        lock (_gate)
        {
            if (_waiting.Count == 0 && _completed)
            {
                return null;
            }

            (batch, _waiting) = (_waiting, []);
            (roomMade, _roomMade) = (_roomMade, null);
            if (!_completed)
            {
                _ready.Reset();
            }
        }

        roomMade?.SetResult();
        return batch;
    }

    private ValueTask AddAsync(Entry entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _waiting.Add(entry);
            _ready.Set();
            if (_waiting.Count < Room)
            {
                return ValueTask.CompletedTask;
            }

            _roomMade ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_roomMade.Task.WaitAsync(cancellationToken));
        }
    }

    private enum Kind
    {
        Object,
        Error,
        Verbose,
        Warning,
        Information,
        Progress,
        Question,
    }

    private readonly record struct Entry(Kind Kind, object Value)
    {
        internal void Emit(Cmdlet cmdlet)
        {
            switch (Kind)
            {
                case Kind.Object:
                    cmdlet.WriteObject(Value);
                    break;
                case Kind.Error:
                    cmdlet.WriteError((ErrorRecord)Value);
                    break;
                case Kind.Verbose:
                    cmdlet.WriteVerbose((string)Value);
                    break;
                case Kind.Warning:
                    cmdlet.WriteWarning((string)Value);
                    break;
                case Kind.Progress:
                    cmdlet.WriteProgress((ProgressRecord)Value);
                    break;
                case Kind.Question:
                    ((Action<Cmdlet>)Value)(cmdlet);
                    break;
                default:
                    cmdlet.WriteInformation(Value, ["KmsPS"]);
                    break;
            }
        }
    }
}
