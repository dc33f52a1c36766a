namespace KmsPS.Engine.Providers;

/// <summary>A store that can be cared for as a whole. Administrators' work: operations call it, nobody else.</summary>
/// <remarks>Every method throws <see cref="Errors.KmsException"/> where the store or a file cannot be used.</remarks>
public interface IStoreKeeper
{
    /// <summary>Replaces the store key while servers go on; goes on with a rotation that was interrupted.</summary>
    ValueTask<RekeyReport> RekeyAsync(RekeyRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Writes everything as it is at one instant into a file, encrypted, while servers go on.</summary>
    ValueTask<BackupReport> BackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Brings a backup back, all of it or nothing. A store that has keys is refused.</summary>
    ValueTask<RestoreReport> RestoreAsync(RestoreRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Brings a backup back into a store that is thrown away, and decrypts its canaries there.</summary>
    ValueTask<BackupTrial> TestBackupAsync(BackupRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Looks at the store; at every row of it if <paramref name="isDeep"/>. What is wrong is reported, all of it.</summary>
    ValueTask<CheckReport> CheckAsync(bool isDeep, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Puts right what can be put right; what does not open is kept apart, and nothing is thrown away.</summary>
    ValueTask<RepairReport> RepairAsync(RepairRequest request, IProgress<StoreProgress>? progress, CancellationToken cancellationToken);
}
