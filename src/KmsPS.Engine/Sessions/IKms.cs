using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Sessions;

/// <summary>
/// What a person or a program can do with one KMS, whichever way it is reached: <see cref="EmbeddedKms"/> in this process,
/// <see cref="RemoteKms"/> over HTTP. The caller is bound when the session is made. Safe to use from several threads.
/// </summary>
/// <remarks>Every method throws <see cref="Errors.KmsException"/> for what was refused or failed, the same kinds both ways.</remarks>
public interface IKms : IAsyncDisposable
{
    /// <summary>Where the keys are reached.</summary>
    ProviderUri Provider { get; }

    /// <summary>Whether somebody may do something, and why. About others only administrators of a server may ask.</summary>
    ValueTask<AccessAnswer> ExplainAccessAsync(AccessInquiry inquiry, CancellationToken cancellationToken);

    /// <summary>Makes a key; the answer's material is left out for callers without GET. The caller disposes it.</summary>
    ValueTask<KeyVersion> CreateKeyAsync(NewKey key, CancellationToken cancellationToken);

    /// <summary>Makes a new current version; the answer's material is left out for callers without GET. The caller disposes it.</summary>
    ValueTask<KeyVersion> RollNewVersionAsync(RollRequest roll, CancellationToken cancellationToken);

    /// <summary>Forbids the use of a key, or of one version; gives the key as it is then.</summary>
    ValueTask<KeyMetadata> DisableKeyAsync(KeyPart part, CancellationToken cancellationToken);

    /// <summary>Allows the use of a key, or of one version, again; gives the key as it is then.</summary>
    ValueTask<KeyMetadata> EnableKeyAsync(KeyPart part, CancellationToken cancellationToken);

    /// <summary>Plans a key's deletion and forbids its use until then; gives the key as it is then.</summary>
    ValueTask<KeyMetadata> ScheduleDeletionAsync(DeletionPlan plan, CancellationToken cancellationToken);

    /// <summary>Takes a planned deletion back; gives the key as it is then.</summary>
    ValueTask<KeyMetadata> CancelDeletionAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Destroys one version's material for good, never the current one's; gives the key as it is then.</summary>
    ValueTask<KeyMetadata> DestroyVersionAsync(KeyPart part, CancellationToken cancellationToken);

    /// <summary>Describes a key and its versions, with their last uses; <see langword="null"/> for an unknown key.</summary>
    ValueTask<KeyLifecycle?> GetLifecycleAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Tells what happens to keys by itself, as the server's rules or this process's say; it is read while the answer is enumerated.</summary>
    ValueTask<IAsyncEnumerable<PlannedChange>> GetRolloverPlanAsync(PlanQuery query, CancellationToken cancellationToken);

    /// <summary>Forgets what is cached of a key.</summary>
    ValueTask InvalidateCacheAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Deletes a key with all its versions.</summary>
    ValueTask DeleteKeyAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Brings a deleted key back.</summary>
    ValueTask<KeyMetadata> RestoreKeyAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Destroys a deleted key for good.</summary>
    ValueTask PurgeKeyAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Lists keys; they are read while the answer is enumerated.</summary>
    ValueTask<IAsyncEnumerable<KeyMetadata>> GetKeysAsync(KeyListing listing, CancellationToken cancellationToken);

    /// <summary>Names the keys in use; they are read while the answer is enumerated.</summary>
    ValueTask<IAsyncEnumerable<KeyName>> GetKeyNamesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether names and dates of versions move with a key: a store in this process keeps them. Hadoop's wire carries no dates, and a
    /// server names the versions that it makes by itself.
    /// </summary>
    bool KeepsHistory { get; }

    /// <summary>Whether limits move with a key (disabled, to be deleted, destroyed versions): a store in this process that has room for them.</summary>
    bool KeepsLimits { get; }

    /// <summary>What tells which keys would be refused for what they are; <see langword="null"/> where every key can be taken over.</summary>
    IKeyFormat? Format { get; }

    /// <summary>How many keys are best imported at the same time.</summary>
    int ImportLanes { get; }

    /// <summary>Reads a key with all its versions, to move it elsewhere; <see langword="null"/> for an unknown one. The caller disposes it.</summary>
    ValueTask<KeyImage?> ExportKeyAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Takes over what is missing here of a key from elsewhere.</summary>
    ValueTask ImportKeyAsync(ImportRequest request, CancellationToken cancellationToken);

    /// <summary>Describes several keys, in the order asked; <see langword="null"/> for an unknown one.</summary>
    ValueTask<IReadOnlyList<KeyMetadata?>> GetKeysMetadataAsync(IReadOnlyList<KeyName> keys, CancellationToken cancellationToken);

    /// <summary>Describes one key; <see langword="null"/> for an unknown one.</summary>
    ValueTask<KeyMetadata?> GetMetadataAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Reads one version with its material, <see langword="null"/> for an unknown one; the caller disposes it.</summary>
    ValueTask<KeyVersion?> GetKeyVersionAsync(KeyVersionName version, CancellationToken cancellationToken);

    /// <summary>Reads all versions with their material, none for an unknown key; the caller disposes them.</summary>
    ValueTask<KeyVersionList> GetKeyVersionsAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Reads the current version with its material, <see langword="null"/> for an unknown key; the caller disposes it.</summary>
    ValueTask<KeyVersion?> GetCurrentKeyAsync(KeyName key, CancellationToken cancellationToken);

    /// <summary>Makes data keys, wrapped; <see langword="null"/> when none were asked for.</summary>
    ValueTask<EekBatch?> GenerateEekAsync(GenerateRequest request, CancellationToken cancellationToken);

    /// <summary>Unwraps a data key; the caller disposes it.</summary>
    ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken);

    /// <summary>Wraps the same data key under the current version.</summary>
    ValueTask<EncryptedKeyVersion> ReencryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken);

    /// <summary>Re-encrypts many EEKs of one key, in their order.</summary>
    ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEekBatchAsync(ReencryptBatchRequest request, CancellationToken cancellationToken);

    /// <summary>Replaces the store key. Only where the store itself is opened: no server does it for a client.</summary>
    ValueTask<RekeyReport> RekeyStoreAsync(StoreWork<RekeyRequest> request, CancellationToken cancellationToken);

    /// <summary>Writes everything in the store into a file, encrypted. Only where the store itself is opened.</summary>
    ValueTask<BackupReport> BackupStoreAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken);

    /// <summary>Brings a backup back into an empty store. Only where the store itself is opened.</summary>
    ValueTask<RestoreReport> RestoreStoreAsync(StoreWork<RestoreRequest> request, CancellationToken cancellationToken);

    /// <summary>Brings a backup back for a trial, and decrypts its canaries. Only where the store itself is opened.</summary>
    ValueTask<BackupTrial> TestBackupAsync(StoreWork<BackupRequest> request, CancellationToken cancellationToken);

    /// <summary>Looks at the store, at every row if that is asked. Only where the store itself is opened.</summary>
    ValueTask<CheckReport> CheckStoreAsync(StoreWork<CheckDepth> request, CancellationToken cancellationToken);

    /// <summary>Puts right in the store what can be put right. Only where the store itself is opened.</summary>
    ValueTask<RepairReport> RepairStoreAsync(StoreWork<RepairRequest> request, CancellationToken cancellationToken);
}
