using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>What became of a new key's rows.</summary>
/// <param name="Stamp">The key's change stamp if they are committed.</param>
/// <param name="Lost">Why nobody knows; <see langword="null"/> with no stamp: nothing was written, for whatever reason.</param>
internal readonly record struct NewKeyEnd(long? Stamp, KmsException? Lost);

/// <summary>A new key's rows that wait to be written.</summary>
internal sealed class NewKeyJob(NewKeyRows rows) : QueuedJob
{
    private readonly TaskCompletionSource<NewKeyEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal NewKeyRows Rows { get; } = rows;

    /// <summary>What became of them, once it is on the disk.</summary>
    internal Task<NewKeyEnd> End => _end.Task;

    internal void Complete(NewKeyEnd end) => _end.TrySetResult(end);

    internal void Fail(Exception failure) => _end.TrySetException(failure);
}
