namespace KmsPS.Engine.Providers;

/// <summary>A store that can be cared for as a whole. Administrators' work: operations call it, nobody else.</summary>
public interface IStoreKeeper
{
    /// <summary>Replaces the store key while servers go on; goes on with a rotation that was interrupted.</summary>
    /// <exception cref="Errors.KmsException">The store or its key file cannot be changed, or other servers would be left behind.</exception>
    ValueTask<RekeyReport> RekeyAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);
}
