namespace KmsPS.Engine.Authentication;

/// <summary>Something in memory that several servers share through their store, and that is looked at again from time to time.</summary>
internal interface ISharedState
{
    /// <summary>Takes over what others wrote, and does what is due by the clock.</summary>
    /// <param name="changed">Whether anything was written since the last time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RefreshAsync(bool changed, CancellationToken cancellationToken);
}
