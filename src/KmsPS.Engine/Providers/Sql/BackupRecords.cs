namespace KmsPS.Engine.Providers.Sql;

/// <summary>Kinds of a backup's records: the text that each begins with.</summary>
/// <remarks>INVARIANT: a format at rest (docs/03-formats-at-rest.md). A store comes first, an end last.</remarks>
internal static class BackupRecords
{
    internal const string Store = "KmsPS backup store 1";
    internal const string Name = "KmsPS backup name 1";
    internal const string Key = "KmsPS backup key 1";
    internal const string Version = "KmsPS backup version 1";
    internal const string Canary = "KmsPS backup canary 1";
    internal const string State = "KmsPS backup state 1";
    internal const string Sequence = "KmsPS backup sequence 1";
    internal const string File = "KmsPS backup file 1";
    internal const string End = "KmsPS backup end 1";

    /// <summary>Stands for no time and no number.</summary>
    internal const long None = long.MinValue;
}
