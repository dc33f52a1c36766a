using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers;

/// <summary>
/// A state store in a file of its own, for a server whose key store keeps no state (<see cref="IStateHolder"/>): its format and its
/// store key are the embedded store's.
/// </summary>
public sealed class StateDatabase : IStateHolder, IAsyncDisposable
{
    private readonly SqlStore _store;

    private StateDatabase(SqlStore store) => _store = store;

    /// <inheritdoc/>
    public IStateStore State => _store.States;

    /// <summary>Opens the file at <paramref name="path"/>, or makes it; its store key lies beside it as <c>PATH.key</c>.</summary>
    /// <exception cref="Errors.KmsException">It cannot be read or written, or is sealed under another store key.</exception>
    public static async ValueTask<StateDatabase> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken) =>
        new(await SqliteProvider.OpenStoreAsync(path, null, null, time, cancellationToken).ConfigureAwait(false));

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
