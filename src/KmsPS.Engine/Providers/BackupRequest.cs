using KmsPS.Engine.Providers.Backup;

namespace KmsPS.Engine.Providers;

/// <summary>A backup to be made, read or tested.</summary>
/// <param name="Path">The file, absolute.</param>
/// <param name="Keys">For whom it is closed, or who opens it; still owned by the caller.</param>
public sealed record BackupRequest(string Path, BackupKeys Keys);

/// <summary>A backup that was made.</summary>
/// <param name="Path">The file.</param>
/// <param name="Id">Its id, 32 hexadecimal digits.</param>
/// <param name="Created">When it was begun, UTC: it shows the store as it was then.</param>
/// <param name="Counts">What is in it.</param>
/// <param name="Failures">Rows that could not be opened, and are not in it.</param>
public sealed record BackupReport(string Path, string Id, DateTimeOffset Created, StoreCounts Counts, IReadOnlyList<StoreFailure> Failures);

/// <summary>A backup that was brought back for a trial, and thrown away again.</summary>
/// <param name="BackupId">Its id.</param>
/// <param name="BackupCreated">When it was begun, UTC.</param>
/// <param name="Counts">What is in it.</param>
/// <param name="Canaries">Versions that decrypted what the backed-up store had encrypted.</param>
/// <param name="WithoutCanary">Versions that no EEK can be made with, for their cipher has other lengths than AES.</param>
/// <param name="MissingAtBackup">Rows that the backed-up store could not open, so that the backup lacks them.</param>
/// <param name="Failures">What is wrong.</param>
public sealed record BackupTrial(string BackupId, DateTimeOffset BackupCreated, StoreCounts Counts, long Canaries, long WithoutCanary, long MissingAtBackup, IReadOnlyList<StoreFailure> Failures);
