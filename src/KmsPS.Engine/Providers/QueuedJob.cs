namespace KmsPS.Engine.Providers;

/// <summary>Something that waits in a queue until somebody does it for its owner. It is done once, or withdrawn.</summary>
internal abstract class QueuedJob
{
    private int _state;

    /// <summary>Whether it is the caller's to do. Once only, and not after <see cref="TryWithdraw"/>.</summary>
    internal bool TryTake() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    /// <summary>Whether its owner may go without it: nobody took it, and nobody will.</summary>
    internal bool TryWithdraw() => Interlocked.CompareExchange(ref _state, 2, 0) == 0;
}
