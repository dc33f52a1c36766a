namespace KmsPS.Engine.Providers.Sql;

/// <summary>A write that waits for the one writer of its store. Whoever becomes the writer does it for its owner.</summary>
internal abstract class WriteJob : QueuedJob
{
    /// <summary>Does it inside a write that is under way. What it throws is kept if its own part can be undone.</summary>
    internal abstract ValueTask RunAsync(SqlSession session);

    /// <summary>What was done is on the disk, or a refusal stands: its owner goes on.</summary>
    internal abstract void Complete();

    /// <summary>The write as a whole failed.</summary>
    internal abstract void Fail(Exception failure);

    /// <summary>Keeps a refusal of its own, which the others of the write have no part in.</summary>
    internal abstract void Refuse(Exception refusal);
}
