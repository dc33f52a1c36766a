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

    /// <summary>Which question decided: the one about the <c>operation</c>, or the one about the <c>key</c>.</summary>
    public string? Layer { get; init; }

    /// <summary>The property that decided, where one did.</summary>
    public required string? Rule { get; init; }

    /// <summary>Where that property stands: file and line.</summary>
    public required string? Place { get; init; }

    /// <summary>In a word: <c>InOperationAcl</c>, <c>Blacklisted</c>, <c>NoKeyAcl</c> and so on.</summary>
    public required string Reason { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>Every rule that was asked, in order; also those behind a refusal.</summary>
    public KmsAccessRule[] Considered { get; init; } = [];

    /// <summary>The smallest change of the file that would turn the answer; every step is needed.</summary>
    public string[] Change { get; init; } = [];

    /// <summary><c>enforcing</c>; <c>permissive</c> where a refusal is only written down.</summary>
    public string Mode { get; init; } = "enforcing";

    /// <summary>The sentence.</summary>
    public override string ToString() => Explanation;
}
