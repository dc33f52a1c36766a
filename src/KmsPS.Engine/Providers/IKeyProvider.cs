using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>A place where keys live, named by a URI.</summary>
public interface IKeyProvider : IKeyReader, IKeyWriter, IAsyncDisposable
{
    /// <summary>Where it is; its text form never shows a password.</summary>
    ProviderUri Uri { get; }

    /// <summary>What cares for the store as a whole; <see langword="null"/> where nothing does.</summary>
    IStoreKeeper? Keeper => null;

    /// <summary>
    /// How many keys are best taken over at the same time. More than a few where those that wait for each other are written together.
    /// </summary>
    int ImportLanes => 4;

    /// <summary>What tells which keys the store's format cannot hold as they are; <see langword="null"/> where it holds every key.</summary>
    IKeyFormat? Format => null;

    /// <summary>Proves that the store answers and that what it holds can be unsealed.</summary>
    /// <exception cref="Errors.KmsException">It does not, or cannot.</exception>
    ValueTask SelfTestAsync(CancellationToken cancellationToken);
}
