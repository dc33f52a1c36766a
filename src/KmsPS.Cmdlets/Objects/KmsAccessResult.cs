namespace KmsPS;

/// <summary>Whether somebody may do something, and why.</summary>
public sealed class KmsAccessResult
{
    /// <summary>Whether the lists allow it.</summary>
    public required bool Allowed { get; init; }

    /// <summary>Who.</summary>
    public required string User { get; init; }

    /// <summary>The groups that were taken into account.</summary>
    public required string[] Groups { get; init; }

    /// <summary>What.</summary>
    public required string Operation { get; init; }

    /// <summary>To which key; empty when the operation alone was asked.</summary>
    public required string? Key { get; init; }

    /// <summary>The property that decided, where one did.</summary>
    public required string? Rule { get; init; }

    /// <summary>Where that property stands: file and line.</summary>
    public required string? Place { get; init; }

    /// <summary>In a word: <c>InOperationAcl</c>, <c>Blacklisted</c>, <c>NoKeyAcl</c> and so on.</summary>
    public required string Reason { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Explanation;
}
