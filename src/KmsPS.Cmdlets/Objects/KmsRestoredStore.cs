using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>A backup that was brought back.</summary>
public sealed class KmsRestoredStore
{
    internal KmsRestoredStore(RestoreReport report, string provider)
    {
        Provider = provider;
        BackupId = report.BackupId;
        BackupCreated = report.BackupCreated.LocalDateTime;
        Epoch = report.Epoch;
        EpochId = report.EpochId;
        Keys = report.Counts.Keys;
        Versions = report.Counts.Versions;
    }

    /// <summary>The connection.</summary>
    public string Provider { get; }

    /// <summary>The backup's id.</summary>
    public string BackupId { get; }

    /// <summary>When the backup was begun; what was changed after that is lost.</summary>
    public DateTime BackupCreated { get; }

    /// <summary>The store's epoch from now on.</summary>
    public long Epoch { get; }

    /// <summary>Names this restore, and no other one of the same backup.</summary>
    public string EpochId { get; }

    /// <summary>Keys that were brought back, deleted ones included.</summary>
    public long Keys { get; }

    /// <summary>Versions that were brought back.</summary>
    public long Versions { get; }

    /// <summary>The connection.</summary>
    public override string ToString() => Provider;
}
