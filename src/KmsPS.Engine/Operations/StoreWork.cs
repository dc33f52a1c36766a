using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>Work on a whole store, with whom to tell how far it has come.</summary>
/// <typeparam name="T">What is to be done.</typeparam>
/// <param name="How">What is to be done.</param>
/// <param name="Progress">Whom to tell; <see langword="null"/> for nobody.</param>
public sealed record StoreWork<T>(T How, IProgress<StoreProgress>? Progress = null);

/// <summary>Finds who does such work.</summary>
internal static class StoreWork
{
    /// <exception cref="KmsException">Nobody does: it is a server.</exception>
    internal static IStoreKeeper Keeper(IKeyProvider store) => store.Keeper
        ?? throw new KmsException(ErrorKind.Unsupported, $"{store.Uri} has no store to administer", "Name the store's own URI on a machine that can open it: sqlite:// or postgres://.");
}
