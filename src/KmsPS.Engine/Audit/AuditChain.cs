using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Audit;

/// <summary>How an audit file ends.</summary>
public enum AuditFileEnd
{
    /// <summary>With a line that says so: it was rolled, or its server was stopped in order.</summary>
    Closed,

    /// <summary>With any other whole line: a server is writing it, or crashed.</summary>
    Open,

    /// <summary>In the middle of a line: a server is writing it, or crashed.</summary>
    Torn,
}

/// <summary>What is wrong in an audit file.</summary>
/// <param name="Line">1-based line in the file.</param>
/// <param name="What">One sentence.</param>
public sealed record AuditChainFault(long Line, string What);

/// <summary>What a check of an audit file found.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">Number of its first line, 0 when it has none.</param>
/// <param name="Last">Number of its last line that is in order.</param>
/// <param name="End">How it ends.</param>
/// <param name="Torn">The line that was cut off at its end, as it stands there.</param>
/// <param name="Fault">The first thing that is wrong, or <see langword="null"/>.</param>
public sealed record AuditChainReport(string Path, long First, long Last, AuditFileEnd End, string? Torn, AuditChainFault? Fault)
{
    /// <summary>Whether every line is there and as it was written.</summary>
    public bool IsIntact => Fault is null;

    internal AuditLink Begin { get; init; }

    internal AuditLink Tail { get; init; }
}

/// <summary>Checks the chain of our own audit log: edits, insertions, removals, reordering and truncation are found.</summary>
/// <remarks>
/// A line that a crash cut off is no fault: it is named. Truncation of the newest file is found by the head file beside it; whoever
/// can rewrite both files, and every line after the edit, can only be found by a copy kept elsewhere.
/// </remarks>
public static class AuditChain
{
    /// <summary>Name of the file that holds the newest number and hash.</summary>
    public const string HeadSuffix = ".head";

    /// <summary>Checks one file, and the head file beside it where there is one.</summary>
    /// <exception cref="KmsException">The file cannot be read.</exception>
    public static AuditChainReport Verify(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            string headPath = path + HeadSuffix;
            AuditLink? head = File.Exists(headPath) ? AuditLink.FromHead(File.ReadAllBytes(headPath)) : null;
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
            return new AuditChainWalk(path, head).Run(file);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.AuditUnavailable, $"{path} cannot be read: {broken.Message}", "Give the path of an audit file, as a user who may read it.", inner: broken) { Subject = path };
        }
    }

    /// <summary>Checks a log with its rolled files, oldest first: each by itself, and that each follows the one before it.</summary>
    /// <param name="path">The newest file; the rolled ones stand beside it with a date after its name.</param>
    /// <exception cref="KmsException">A file cannot be read.</exception>
    public static IReadOnlyList<AuditChainReport> VerifyAll(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        List<AuditChainReport> reports = [];
        AuditLink? before = null;
        foreach (string each in AuditFiles.Of(path))
        {
            AuditChainReport report = Verify(each);
            if (before is { } previous && report.IsIntact && report.First > 0 && report.Begin != previous)
            {
                report = report with { Fault = new AuditChainFault(1, $"It follows line {report.Begin.Number}, but the file before it ends with line {previous.Number}, or with another hash.") };
            }

            reports.Add(report);
            before = report.Tail;
        }

        return reports;
    }
}
