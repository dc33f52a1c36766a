using KmsPS.Engine.Identity;

namespace KmsPS.Engine;

/// <summary>An engine for callers in this process, put together by <see cref="KmsEngineBuilder"/>. Disposing it closes the parts, last made first.</summary>
public sealed class EmbeddedEngine : IAsyncDisposable
{
    private readonly Stack<object> _owned;

    internal EmbeddedEngine(Stack<object> owned) => _owned = owned;

    /// <summary>The front desk.</summary>
    public required KmsEngine Engine { get; init; }

    /// <summary>Knows who is in which group.</summary>
    public required IGroupMapper Groups { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ComposedKms.CloseAsync(_owned);
}
