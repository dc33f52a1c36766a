using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Acl;

/// <summary>What became of a changed <c>kms-acls.xml</c>.</summary>
public enum AclReloadOutcome
{
    /// <summary>Its rules are in force.</summary>
    Loaded,

    /// <summary>It is broken; the rules of before stay in force.</summary>
    Refused,

    /// <summary>It is gone; the rules of before stay in force.</summary>
    Missing,
}

/// <summary>One turn of the rules, or a refused one. Each state of the file is reported once.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="File">What was read, where it could be.</param>
/// <param name="Failure">Why it was refused, with file, line and column.</param>
/// <param name="Changes">Who gained and who lost what against the rules of before.</param>
public sealed record AclReload(AclReloadOutcome Outcome, AclFile? File, ConfigurationException? Failure, IReadOnlyList<AclChange> Changes)
{
    /// <summary>Whether somebody may do what nobody allowed before.</summary>
    public bool Widens => Changes.Any(static each => each.Gains);
}
