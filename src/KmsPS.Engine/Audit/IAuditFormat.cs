using System.Buffers;

namespace KmsPS.Engine.Audit;

/// <summary>How events become the lines of a file. An object serves one file at a time, and files that follow one another.</summary>
/// <remarks>What was put into <c>output</c> counts only after <see cref="Commit"/>: a failed write is put there anew.</remarks>
public interface IAuditFormat
{
    /// <summary>Begins a file, or goes on with one.</summary>
    void Open(AuditFileState file, IBufferWriter<byte> output);

    /// <summary>Puts the lines of the events.</summary>
    void Write(IReadOnlyList<AuditEvent> events, IBufferWriter<byte> output);

    /// <summary>Ends a file.</summary>
    void Close(DateTimeOffset at, IBufferWriter<byte> output);

    /// <summary>What was put since the last commit is in the file.</summary>
    void Commit();

    /// <summary>A short text that is kept beside the file and is overwritten after each write; empty where nothing is kept.</summary>
    ReadOnlyMemory<byte> Head { get; }
}

/// <summary>A file as it is found when it is opened.</summary>
/// <param name="At">Now.</param>
/// <param name="LastLine">Its last whole line without the line feed; empty for a new file.</param>
/// <param name="Torn">What stands after the last line feed: a line that a crash cut off. It is removed before the file is continued.</param>
/// <param name="Head">What was kept beside it.</param>
/// <param name="Previous">Name of the file before it, when it was rolled just now.</param>
public sealed record AuditFileState(DateTimeOffset At, ReadOnlyMemory<byte> LastLine, ReadOnlyMemory<byte> Torn, ReadOnlyMemory<byte> Head, string? Previous = null);
