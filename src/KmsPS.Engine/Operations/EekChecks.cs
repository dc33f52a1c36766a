using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Engine.Operations;

/// <summary>The check that comes before a key's lists are asked: a version is used only under its own key's name.</summary>
internal static class EekChecks
{
    /// <summary>The key whose lists are asked of one EEK. A version that is remembered is checked at once, without a task.</summary>
    /// <exception cref="Errors.KmsException">The version is unknown, or belongs to another key.</exception>
    internal static ValueTask<KeySubjects> SubjectsAsync(IKeyReader store, EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        ValueTask<KeyName?> owner = store.FindOwnerAsync(eek.Version, cancellationToken);
        return owner.IsCompletedSuccessfully
            ? new ValueTask<KeySubjects>(Subjects(owner.Result, eek.Key, eek.Version))
            : AwaitAsync(owner, eek.Key, eek.Version);
    }

    /// <exception cref="Errors.KmsException">The version is unknown, or belongs to another key.</exception>
    internal static async ValueTask RequireOwnerAsync(IKeyReader store, KeyName key, KeyVersionName version, CancellationToken cancellationToken) =>
        Subjects(await store.FindOwnerAsync(version, cancellationToken).ConfigureAwait(false), key, version);

    private static async ValueTask<KeySubjects> AwaitAsync(ValueTask<KeyName?> owner, KeyName key, KeyVersionName version) =>
        Subjects(await owner.ConfigureAwait(false), key, version);

    private static KeySubjects Subjects(KeyName? owner, KeyName key, KeyVersionName version) =>
        owner is not { } known ? throw KeyFaults.VersionNotFound(version)
        : known != key ? throw KeyFaults.VersionOfAnotherKey(version, key)
        : new KeySubjects(One: key);
}
