using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>The refusals that every store shares, each worded once, as a stock Hadoop KMS words it.</summary>
public static class KeyFaults
{
    /// <summary>SOURCE: Hadoop KMSClientProvider.checkNotEmpty.</summary>
    public static KmsException EmptyName() => new(ErrorKind.InvalidRequest, "Parameter 'name' cannot be empty", "Name the key.");

    /// <summary>SOURCE: Hadoop JavaKeyStoreProvider.createKey.</summary>
    public static KmsException AlreadyExists(KeyName key, string provider) =>
        new(ErrorKind.KeyAlreadyExists, $"Key {key.Value} already exists in {provider}", $"Choose another name, or roll the key: Invoke-KmsRollover -Name '{Printable.Text(key.Value)}'.") { Subject = key.Value };

    /// <summary>A name that is reserved for a deleted key (<c>kmsps.key.deleted.name.reuse</c> is false).</summary>
    public static KmsException NameReserved(KeyName key, string provider) =>
        new(ErrorKind.KeyDeleted, $"Key with name {key.Value} already exists in {provider} as a deleted key. It must be undeleted or purged first.", $"Restore-KmsKey -Name '{Printable.Text(key.Value)}' brings it back; Clear-KmsKey destroys it for good.") { Subject = key.Value };

    /// <summary>A version that is to be imported bears a name that the store gave to other material.</summary>
    public static KmsException VersionNameTaken(KeyName key, KeyVersionName version, string provider) =>
        new(ErrorKind.KeyAlreadyExists, $"Key {key.Value} cannot be taken over by {provider}: a version named {version.Value} is there already", $"If it belongs to a deleted key of that name, Clear-KmsKey -Name '{Printable.Text(key.Value)}' destroys that for good; else copy under no other name, but look whose version it is.") { Subject = key.Value };

    /// <summary>A key that a store's format cannot hold as it is.</summary>
    public static KmsException CannotHold(KeyName key, string provider, string why) =>
        new(ErrorKind.Unsupported, $"Key {key.Value} cannot be taken over by {provider}: {why}", "Copy it to an embedded store or a PostgreSQL database, which hold every key as it is.") { Subject = key.Value };

    /// <summary>A key that is limited, where one of the sides of a copy knows of no limits: the copy could be used again.</summary>
    /// <param name="key">The key.</param>
    /// <param name="use">What limits it.</param>
    /// <param name="provider">The side without room for that.</param>
    public static KmsException CannotHoldLimits(KeyName key, KeyUse use, string provider) => new(
        ErrorKind.Unsupported,
        $"Key {Printable.Text(key.Value)} was not copied: it {KeyLimits.Describe(use)}, and {provider} has no room for that, so that the copy could be used",
        "Copy it between sqlite:// and postgres:// stores, which carry limits along. Or allow its use with Resume-KmsKey or Restore-KmsKey -Scheduled, copy it, and limit both; a destroyed version stays destroyed, and such a key stays where it is.") { Subject = key.Value };

    /// <summary>SOURCE: Hadoop JavaKeyStoreProvider.deleteKey.</summary>
    public static KmsException DoesNotExist(KeyName key, string provider) =>
        new(ErrorKind.KeyNotFound, $"Key {key.Value} does not exist in {provider}", "Get-KmsKey lists the names that exist.") { Subject = key.Value };

    /// <summary>A roll without material. SOURCE: Hadoop KeyProvider.rollNewVersion(String).</summary>
    public static KmsException NoMetadata(KeyName key) =>
        new(ErrorKind.KeyNotFound, $"Can't find Metadata for key {key.Value}", "Get-KmsKey lists the names that exist.") { Subject = key.Value };

    /// <summary>A roll with material. SOURCE: Hadoop JavaKeyStoreProvider.rollNewVersion(String, byte[]).</summary>
    public static KmsException NotFound(KeyName key) =>
        new(ErrorKind.KeyNotFound, $"Key {key.Value} not found", "Get-KmsKey lists the names that exist.") { Subject = key.Value };

    /// <summary>A restore or purge of a key that is not among the deleted ones.</summary>
    public static KmsException NotDeleted(KeyName key, string provider) =>
        new(ErrorKind.KeyNotFound, $"Key with name {key.Value} not found in {provider} among the deleted keys", "Get-KmsKey -Deleted lists them.") { Subject = key.Value };

    /// <summary>SOURCE: Hadoop KeyAuthorizationKeyProvider.decryptEncryptedKey.</summary>
    public static KmsException VersionNotFound(KeyVersionName version) =>
        new(ErrorKind.KeyVersionNotFound, $"'{version.Value}' not found", "Get-KmsKeyVersion lists a key's versions.") { Subject = version.Value };

    /// <summary>SOURCE: Hadoop KeyAuthorizationKeyProvider.verifyKeyVersionBelongsToKey.</summary>
    public static KmsException VersionOfAnotherKey(KeyVersionName version, KeyName key) =>
        new(ErrorKind.KeyVersionMismatch, $"KeyVersion '{version.Value}' does not belong to the key '{(key.IsMissing ? "null" : key.Value)}'", "Name the key that the EEK was made under.") { Subject = version.Value };

    /// <summary>SOURCE: Hadoop JavaKeyStoreProvider.createKey.</summary>
    public static KmsException WrongMaterialLength(KeyName key, int requiredBits, int actualBytes) =>
        new(
            ErrorKind.MaterialLengthInvalid,
            string.Create(CultureInfo.InvariantCulture, $"Wrong key length. Required {requiredBits}, but got {actualBytes * 8}"),
            $"Give {requiredBits / 8} bytes of material, or make the key with a bit length of {actualBytes * 8}.") { Subject = key.Value };

    /// <summary>The key is not at the version that the caller expected, or somebody else changed it in between.</summary>
    public static KmsException Conflict(KeyName key, string detail) =>
        new(ErrorKind.Conflict, $"Key {key.Value} was not changed: {detail}", "Read the key again and decide anew.", isTransient: true) { Subject = key.Value };

    /// <summary>What a key version that may not be used is refused with.</summary>
    public static KmsException MayNotBeUsed(KeyName key, KeyVersionName version, VersionUse use) => use switch
    {
        VersionUse.VersionDisabled => VersionDisabled(version),
        VersionUse.VersionDestroyed => VersionDestroyed(version),
        VersionUse.KeyDisabled => Disabled(key),
        VersionUse.DeletionPending => DeletionPending(key),
        _ => throw new ArgumentOutOfRangeException(nameof(use)),
    };

    /// <summary>The whole key is disabled.</summary>
    public static KmsException Disabled(KeyName key) =>
        new(ErrorKind.KeyDisabled, $"Key {key.Value} is disabled", $"Resume-KmsKey -Name '{Printable.Text(key.Value)}' allows its use again.") { Subject = key.Value };

    /// <summary>The key waits for its deletion.</summary>
    public static KmsException DeletionPending(KeyName key) =>
        new(ErrorKind.KeyDisabled, $"Key {key.Value} is to be deleted and is disabled until then", $"Restore-KmsKey -Scheduled -Name '{Printable.Text(key.Value)}' lets it live after all.") { Subject = key.Value };

    /// <summary>Nobody wants the key deleted.</summary>
    public static KmsException NoDeletionPending(KeyName key) =>
        new(ErrorKind.Conflict, $"Key {key.Value} was not changed: no deletion of it is pending", "Get-KmsKey shows which keys are to be deleted.") { Subject = key.Value };

    /// <summary>One version is disabled.</summary>
    public static KmsException VersionDisabled(KeyVersionName version) =>
        new(ErrorKind.KeyDisabled, $"KeyVersion '{version.Value}' is disabled", $"Resume-KmsKey -KeyVersion '{Printable.Text(version.Value)}' allows its use again.") { Subject = version.Value };

    /// <summary>One version's material was destroyed.</summary>
    public static KmsException VersionDestroyed(KeyVersionName version) =>
        new(ErrorKind.KeyVersionDestroyed, $"KeyVersion '{version.Value}' was destroyed", "Nothing brings it back but a backup; what was encrypted under it is lost.") { Subject = version.Value };

    /// <summary>The current version cannot be destroyed.</summary>
    public static KmsException CurrentVersion(KeyVersionName version) =>
        new(ErrorKind.InvalidRequest, $"KeyVersion '{version.Value}' is the current one and was not destroyed", "Roll the key first with Invoke-KmsRollover, and re-encrypt what was encrypted under the old version.") { Subject = version.Value };

    /// <summary>The store has no room for what may be done with a key.</summary>
    public static KmsException NoLifecycle(string provider) =>
        new(ErrorKind.Unsupported, $"{provider} has no room for disabled keys, planned deletions and last uses", "Copy the keys to a store that has: sqlite or postgres.");

    /// <summary>An EEK's IV is not one AES block. SOURCE: the JCE's message, as a stock server passes it on.</summary>
    public static KmsException WrongIvLength() =>
        new(ErrorKind.CryptoFailed, "java.security.InvalidAlgorithmParameterException: Wrong IV length: must be 16 bytes long", "Was the Base64 text of the IV cut off?");
}
