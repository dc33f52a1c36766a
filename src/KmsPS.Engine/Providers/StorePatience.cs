using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers;

/// <summary>
/// How long a read waits for a store when there is an older answer to fall back on. A database that is stopped, or behind a network that
/// swallows packets, refuses nothing: without this every read would wait for the deadline of its own statement.
/// </summary>
/// <remarks>
/// INVARIANT: while the store is silent no caller waits for it, and at most one question at a time is put to it, to notice its end. Those
/// that were out when it fell silent stay out beside that one, for nobody can take them back: as many as were asked within the limit.
/// </remarks>
/// <param name="place">The store, for people.</param>
/// <param name="limit">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class StorePatience(ProviderUri place, TimeSpan limit, TimeProvider time)
{
    private volatile bool _isSilent;
    private int _isTurnTaken;

    /// <summary>Asks, and waits as long as patience lasts. A late answer is not lost: <paramref name="ask"/> remembers it.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.StoreUnavailable"/>, transient: there was no answer in time, or the last question is still out.</exception>
    internal async ValueTask<T?> AskAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        if (_isSilent)
        {
            if (TryTakeTurn())
            {
                _ = HearAsync(ask(), hasTurn: true);
            }

            throw Silent();
        }

        Task<T?> asked = ask();
        if (!asked.IsCompleted)
        {
            await ((Task)asked).WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (asked.IsCompleted)
        {
            return await asked.ConfigureAwait(false);
        }

        _isSilent = true;
        _ = HearAsync(asked, TryTakeTurn());
        throw Silent();
    }

    // Any answer ends the silence, a refusal too, but for one that says that the store is away.
    private async Task HearAsync<T>(Task<T?> asked, bool hasTurn)
        where T : class
    {
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asked.IsCompletedSuccessfully)
        {
            ((await asked.ConfigureAwait(false)) as IDisposable)?.Dispose();
        }

        if (asked.Exception?.InnerException is not KmsException { Kind: ErrorKind.StoreUnavailable, IsTransient: true })
        {
            _isSilent = false;
        }

        if (hasTurn)
        {
            Volatile.Write(ref _isTurnTaken, 0);
        }
    }

    // Whoever has the turn, and nobody else, gives it back.
    private bool TryTakeTurn() => Interlocked.Exchange(ref _isTurnTaken, 1) == 0;

    private KmsException Silent() =>
        new(ErrorKind.StoreUnavailable, $"The store {place} does not answer", "See whether it is stopped or overloaded, and whether the network between is open.", isTransient: true) { Subject = place.ToString() };
}
