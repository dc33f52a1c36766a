using KmsPS.Engine.Providers;

namespace KmsPS;

/// <summary>A backup that was made.</summary>
public sealed class KmsBackup
{
    internal KmsBackup(BackupReport report, string provider)
    {
        Path = report.Path;
        BackupId = report.Id;
        Created = report.Created.LocalDateTime;
        Keys = report.Counts.Keys;
        Versions = report.Counts.Versions;
        Missing = report.Failures.Count;
        Provider = provider;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its id, 32 hexadecimal digits; the audit log has it too.</summary>
    public string BackupId { get; }

    /// <summary>When it was begun: it shows the store as it was then.</summary>
    public DateTime Created { get; }

    /// <summary>Keys in it, deleted ones included.</summary>
    public long Keys { get; }

    /// <summary>Versions in it.</summary>
    public long Versions { get; }

    /// <summary>Rows that could not be opened, and are not in it.</summary>
    public int Missing { get; }

    /// <summary>The connection.</summary>
    public string Provider { get; }

    /// <summary>The file.</summary>
    public override string ToString() => Path;
}
