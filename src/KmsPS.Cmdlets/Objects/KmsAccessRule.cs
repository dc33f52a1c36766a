namespace KmsPS;

/// <summary>A rule that was asked on the way to an answer.</summary>
public sealed class KmsAccessRule
{
    /// <summary>Which kind of list: <c>Operation</c>, <c>Blacklist</c>, <c>Key</c>, <c>KeyAll</c>, <c>Default</c> or <c>Whitelist</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>The property's name.</summary>
    public required string Rule { get; init; }

    /// <summary>File and line.</summary>
    public required string Place { get; init; }

    /// <summary>Whether it names the user or one of its groups.</summary>
    public required bool Matches { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() => $"{Layer}: {Rule} ({Place}) {(Matches ? "names" : "does not name")} the caller";
}
