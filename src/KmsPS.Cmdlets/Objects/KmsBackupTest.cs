using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>A backup that was tried.</summary>
public sealed class KmsBackupTest
{
    internal KmsBackupTest(BackupTrial report, string path)
    {
        Path = path;
        Passed = report.Failures.Count == 0;
        BackupId = report.BackupId;
        Created = report.BackupCreated.LocalDateTime;
        Keys = report.Counts.Keys;
        Versions = report.Counts.Versions;
        Canaries = report.Canaries;
        WithoutCanary = report.WithoutCanary;
        Missing = report.MissingAtBackup;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether everything in it opened, and every canary was decrypted.</summary>
    public bool Passed { get; }

    /// <summary>Its id.</summary>
    public string BackupId { get; }

    /// <summary>When it was begun.</summary>
    public DateTime Created { get; }

    /// <summary>Keys in it, deleted ones included.</summary>
    public long Keys { get; }

    /// <summary>Versions in it.</summary>
    public long Versions { get; }

    /// <summary>Versions that decrypted what the backed-up store had encrypted.</summary>
    public long Canaries { get; }

    /// <summary>Versions that no data key can be made with, for their cipher has other lengths than AES.</summary>
    public long WithoutCanary { get; }

    /// <summary>Rows that the backed-up store could not open, so that the backup lacks them.</summary>
    public long Missing { get; }

    /// <summary>The file, and whether it passed.</summary>
    public override string ToString() => $"{Path}: {(Passed ? "passed" : "failed")}";
}
