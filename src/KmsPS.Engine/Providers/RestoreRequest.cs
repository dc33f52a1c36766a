using KmsPS.Engine.Providers.Backup;

namespace KmsPS.Engine.Providers;

/// <summary>A backup to be brought back.</summary>
/// <param name="Path">The file, absolute.</param>
/// <param name="Keys">Who opens it; still owned by the caller.</param>
/// <param name="NumberGap">Version numbers to leave out for each name: more than were rolled since the backup was made.</param>
public sealed record RestoreRequest(string Path, BackupKeys Keys, int NumberGap = RestoreRequest.UsualGap)
{
    /// <summary>
    /// Numbers that are left out unless something else is said. A version that was made after the backup is lost, but EEKs under it may
    /// exist: its name must not come to mean other material.
    /// </summary>
    public const int UsualGap = 1000;
}

/// <summary>A backup that was brought back.</summary>
/// <param name="BackupId">Its id.</param>
/// <param name="BackupCreated">When it was begun, UTC.</param>
/// <param name="Epoch">The store's epoch from now on, one more than the backed-up store had.</param>
/// <param name="EpochId">Names this restore, and no other one of the same backup: 32 hexadecimal digits.</param>
/// <param name="Counts">What was brought back.</param>
public sealed record RestoreReport(string BackupId, DateTimeOffset BackupCreated, long Epoch, string EpochId, StoreCounts Counts);
