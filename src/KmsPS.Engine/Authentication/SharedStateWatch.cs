using KmsPS.Engine.State;

namespace KmsPS.Engine.Authentication;

/// <summary>Looks once a second whether another server changed what is shared; costs one cheap read while nothing did.</summary>
internal sealed class SharedStateWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IStateStore _store;
    private readonly IReadOnlyList<ISharedState> _shared;
    private readonly Action<Exception> _onFailure;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private long _revision;

    /// <param name="store">The store.</param>
    /// <param name="shared">What is kept up to date.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onFailure">Told of a store that did not answer; what is in memory stays in use.</param>
    public SharedStateWatch(IStateStore store, IReadOnlyList<ISharedState> shared, TimeProvider time, Action<Exception> onFailure)
    {
        _store = store;
        _shared = shared;
        _onFailure = onFailure;
        _loop = RunAsync(time);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        using PeriodicTimer timer = new(Interval, time);
        bool isFailing = false;
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
        {
            try
            {
                long revision = await _store.ReadRevisionAsync(_stop.Token).ConfigureAwait(false);
                foreach (ISharedState each in _shared)
                {
                    await each.RefreshAsync(revision != _revision, _stop.Token).ConfigureAwait(false);
                }

                _revision = revision;
                isFailing = false;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // One line when it begins, not one a second.
                if (!isFailing)
                {
                    _onFailure(failure);
                }

                isFailing = true;
            }
        }
    }
}
