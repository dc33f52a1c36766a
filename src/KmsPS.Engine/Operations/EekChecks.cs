using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>The check that comes before a key's lists are asked: a version is used only under its own key's name.</summary>
internal static class EekChecks
{
    /// <exception cref="Errors.KmsException">The version is unknown, or belongs to another key.</exception>
    internal static async ValueTask RequireOwnerAsync(IKeyReader store, KeyName key, KeyVersionName version, CancellationToken cancellationToken)
    {
        KeyName owner = await store.FindOwnerAsync(version, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.VersionNotFound(version);
        if (owner != key)
        {
            throw KeyFaults.VersionOfAnotherKey(version, key);
        }
    }
}
