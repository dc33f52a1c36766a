using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>A key, or one of its versions.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">The version; <see langword="null"/> for the whole key.</param>
public readonly record struct KeyPart(KeyName Key, KeyVersionName? Version = null);

/// <summary>What the operations have in common that change what may be done with a key.</summary>
internal static class ChangeOfUse
{
    /// <exception cref="Errors.KmsException">The store has no room for that.</exception>
    internal static IKeyLifecycle Room(IKeyProvider store) => store as IKeyLifecycle ?? throw KeyFaults.NoLifecycle(store.Uri.ToString());

    /// <summary>A version for whoever wants its material: one that may not be used is refused.</summary>
    internal static ValueTask<KeyVersion?> UsableAsync(ValueTask<KeyVersion?> found) =>
        found.IsCompletedSuccessfully ? new ValueTask<KeyVersion?>(KeyVersion.Usable(found.Result)) : AwaitAsync(found);

    internal static AuditNote Note(in KeyPart part) => new(part.Key.Value, part.Version?.Value, part.Version is { } version ? $"Version:{version.Value}" : "");

    private static async ValueTask<KeyVersion?> AwaitAsync(ValueTask<KeyVersion?> found) => KeyVersion.Usable(await found.ConfigureAwait(false));
}
