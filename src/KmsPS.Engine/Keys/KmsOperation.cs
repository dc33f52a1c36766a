namespace KmsPS.Engine.Keys;

/// <summary>Everything that can be asked of a KMS. <c>Operations/OperationTable</c> says what each demands.</summary>
public enum KmsOperation
{
    /// <summary>Make a key and its first version.</summary>
    CreateKey,

    /// <summary>Make a new current version.</summary>
    RollNewVersion,

    /// <summary>Forget what is cached of a key.</summary>
    InvalidateCache,

    /// <summary>Delete a key; softly where the store has room for it.</summary>
    DeleteKey,

    /// <summary>Bring a deleted key back.</summary>
    RestoreKey,

    /// <summary>Destroy a deleted key for good.</summary>
    PurgeKey,

    /// <summary>Name all keys.</summary>
    GetKeys,

    /// <summary>Describe several keys.</summary>
    GetKeysMetadata,

    /// <summary>Describe one key.</summary>
    GetMetadata,

    /// <summary>Read one version, material included.</summary>
    GetKeyVersion,

    /// <summary>Read all versions of a key, material included.</summary>
    GetKeyVersions,

    /// <summary>Read the current version, material included.</summary>
    GetCurrentKey,

    /// <summary>Make data keys, wrapped.</summary>
    GenerateEek,

    /// <summary>Unwrap a data key.</summary>
    DecryptEek,

    /// <summary>Wrap a data key under the current version.</summary>
    ReencryptEek,

    /// <summary>The same for many.</summary>
    ReencryptEekBatch,

    /// <summary>Read a key with all its versions, to move it elsewhere.</summary>
    ExportKey,

    /// <summary>Take a key over as it is elsewhere: names of versions, dates, attributes, material.</summary>
    ImportKey,

    /// <summary>Replace the store key.</summary>
    RekeyStore,

    /// <summary>Forbid the use of a key or of one of its versions.</summary>
    DisableKey,

    /// <summary>Allow it again.</summary>
    EnableKey,

    /// <summary>Set a time at which a key is deleted; it may not be used until then.</summary>
    ScheduleDeletion,

    /// <summary>Let such a key live after all.</summary>
    CancelDeletion,

    /// <summary>Destroy one version's material for good.</summary>
    DestroyVersion,

    /// <summary>Describe a key and its versions, with what may be done with them and when they were last used; no material.</summary>
    GetLifecycle,

    /// <summary>Write everything in a store into a file, encrypted.</summary>
    BackupStore,

    /// <summary>Bring a backup back into an empty store.</summary>
    RestoreStore,

    /// <summary>Bring a backup back for a trial, and decrypt with it.</summary>
    TestBackup,

    /// <summary>Look at a store, at every row if that is asked.</summary>
    CheckStore,

    /// <summary>Put right in a store what can be put right.</summary>
    RepairStore,

    /// <summary>Tell which keys are rolled or deleted by themselves, when and why.</summary>
    GetRolloverPlan,
}
