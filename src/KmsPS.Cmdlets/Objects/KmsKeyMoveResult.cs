using KmsPS.Engine.Moving;

namespace KmsPS;

/// <summary>What became of one key in a copy, an import or an export, or with <c>-WhatIf</c> what would: every key that was not an error gets one.</summary>
public sealed class KmsKeyMoveResult
{
    internal KmsKeyMoveResult(KeyMoveReport report, bool wasDone, TimeSpan duration, string source, string destination)
    {
        Name = report.Key.Value;
        Action = (report.Action, wasDone) switch
        {
            (KeyMoveAction.Create, true) => "Created",
            (KeyMoveAction.Create, false) => "WouldCreate",
            (KeyMoveAction.Extend, true) => "Extended",
            (KeyMoveAction.Extend, false) => "WouldExtend",
            (KeyMoveAction.Skip, true) => "Skipped",
            (KeyMoveAction.Skip, false) => "WouldSkip",
            (KeyMoveAction.Refuse, _) => "WouldRefuse",
            _ => "Conflict",
        };
        Versions = report.Versions;
        Copied = wasDone ? report.Missing : 0;
        Verified = report.Verified;
        Reason = report.Difference;
        Duration = duration;
        Source = source;
        Destination = destination;
    }

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>
    /// <c>Created</c>; <c>Extended</c> by versions that were missing; <c>Skipped</c>, for it is there and equal. With <c>-WhatIf</c>
    /// <c>WouldCreate</c>, <c>WouldExtend</c>, <c>WouldSkip</c>, <c>WouldRefuse</c>, for the destination cannot hold the key as it is or
    /// one of the sides has no room for its limits, or <c>Conflict</c>: there is another key of that name.
    /// </summary>
    public string Action { get; }

    /// <summary>Versions of the key at the source.</summary>
    public int Versions { get; }

    /// <summary>How many of them were copied.</summary>
    public int Copied { get; }

    /// <summary>How many of those were proved by decrypting an encrypted key on both sides.</summary>
    public int Verified { get; }

    /// <summary>What is different, for a conflict, or why the key would be refused, in the words of the error that it would be.</summary>
    public string? Reason { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The connection or file it was copied from.</summary>
    public string Source { get; }

    /// <summary>The connection or file it was copied to.</summary>
    public string Destination { get; }

    /// <summary>The key's name.</summary>
    public override string ToString() => Name;
}
