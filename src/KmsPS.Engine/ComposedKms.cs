using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Providers;
using KmsPS.Engine.State;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine;

/// <summary>A whole KMS, put together by <see cref="KmsEngineBuilder"/>. Disposing it closes the parts, last made first.</summary>
public sealed class ComposedKms : IAsyncDisposable
{
    private readonly Stack<object> _owned;

    internal ComposedKms(Stack<object> owned) => _owned = owned;

    /// <summary>What it was made from.</summary>
    public required KmsSettings Settings { get; init; }

    /// <summary>The front desk.</summary>
    public required KmsEngine Engine { get; init; }

    /// <summary>The store, for its self-test.</summary>
    public required IKeyProvider Store { get; init; }

    /// <summary>The rules, and the file they come from.</summary>
    public required AclSource Acls { get; init; }

    /// <summary>Where everything is written down.</summary>
    public required IAuditTrail Audit { get; init; }

    /// <summary>What is measured.</summary>
    public required KmsMeter Meter { get; init; }

    /// <summary>Knows who is in which group.</summary>
    public required IGroupMapper Groups { get; init; }

    /// <summary>What the servers on the store share.</summary>
    public required IStateStore State { get; init; }

    /// <summary>Finds out who asks.</summary>
    public required SignInDesk SignIn { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync(_owned);

    /// <summary>Closes parts, last made first.</summary>
    internal static async ValueTask CloseAsync(Stack<object> owned)
    {
        while (owned.TryPop(out object? part))
        {
            switch (part)
            {
                case IAsyncDisposable waits:
                    await waits.DisposeAsync().ConfigureAwait(false);
                    break;
                case IDisposable plain:
                    plain.Dispose();
                    break;
            }
        }
    }
}
