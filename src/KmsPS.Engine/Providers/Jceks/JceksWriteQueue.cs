namespace KmsPS.Engine.Providers.Jceks;

/// <summary>
/// Changes to a keystore. The file is replaced as a whole, so what comes together goes into one new file: keys that are moved in bulk
/// cost a file for some hundred of them and not one each. Nobody is answered before the file with his change is on the disk.
/// </summary>
/// <param name="write">Applies changes, one after the other, and replaces the file.</param>
/// <param name="time">The clock.</param>
internal sealed class JceksWriteQueue(Func<IReadOnlyList<JceksChange>, Task> write, TimeProvider time) : IDisposable
{
    /// <summary>Most changes in one file.</summary>
    internal const int Most = 500;

    // What is ready waits no longer than this for what is still being sealed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _sealers = new(Environment.ProcessorCount);
    private readonly Queue<JceksChange> _waiting = new();
    private TaskCompletionSource? _gathered;
    private int _coming;
    private bool _isWriting;

    /// <summary>Makes a change, with whatever else waits.</summary>
    internal ValueTask<TResult> RunAsync<TResult>(AnsweredChange<TResult> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Add(change, announced: 0);
        return change.WaitAsync(cancellationToken);
    }

    /// <summary>The same for a change that takes long to prepare. Others that are ready wait a while for it.</summary>
    /// <param name="prepare">Makes the change ready; runs beside the ones of others.</param>
    /// <param name="cancellationToken">Ends the preparation, and the wait for the turn.</param>
    internal async ValueTask<TResult> RunAsync<TResult>(Func<AnsweredChange<TResult>> prepare, CancellationToken cancellationToken)
    {
        Announce(1);
        AnsweredChange<TResult> change;
        try
        {
            await _sealers.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                change = await Task.Run(prepare, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _sealers.Release();
            }
        }
        catch
        {
            Announce(-1);
            throw;
        }

        Add(change, announced: 1);
        return await change.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>After the last change was answered.</summary>
    public void Dispose() => _sealers.Dispose();

    private void Announce(int more)
    {
        lock (_lock)
        {
            _coming += more;
            SayIfGathered();
        }
    }

    private void Add(JceksChange change, int announced)
    {
        lock (_lock)
        {
            _coming -= announced;
            _waiting.Enqueue(change);
            SayIfGathered();
            if (_isWriting)
            {
                return;
            }

            _isWriting = true;
        }

        // Off the caller's thread: sealing and two synchronisations. Every failure goes to the owners of the changes.
        _ = Task.Run(WriteAsync, CancellationToken.None);
    }

    private void SayIfGathered()
    {
        if (_coming == 0 || _waiting.Count >= Most)
        {
            _gathered?.TrySetResult();
        }
    }

    private async Task WriteAsync()
    {
        List<JceksChange> changes;
        do
        {
            await GatherAsync().ConfigureAwait(false);
            changes = Take();
            try
            {
                await write(changes).ConfigureAwait(false);
                changes.ForEach(static change => change.Complete());
            }
            catch (Exception failure)
            {
                changes.ForEach(change => change.Fail(failure));
            }
        }
        while (!IsDone());
    }

    private Task GatherAsync()
    {
        lock (_lock)
        {
            if (_coming == 0 || _waiting.Count >= Most)
            {
                return Task.CompletedTask;
            }

            _gathered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return Quietly(_gathered.Task.WaitAsync(Patience, time));
        }

        static async Task Quietly(Task wait) => await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private List<JceksChange> Take()
    {
        List<JceksChange> taken = [];
        lock (_lock)
        {
            _gathered = null;
            while (taken.Count < Most && _waiting.TryDequeue(out JceksChange? next))
            {
                if (next.TryTake())
                {
                    taken.Add(next);
                }
            }
        }

        return taken;
    }

    private bool IsDone()
    {
        lock (_lock)
        {
            _isWriting = _waiting.Count > 0;
            return !_isWriting;
        }
    }
}
