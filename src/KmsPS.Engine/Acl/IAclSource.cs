namespace KmsPS.Engine.Acl;

/// <summary>Holds the rules in force.</summary>
public interface IAclSource
{
    /// <summary>The rules in force: one volatile read. Hold the reference for the length of one request.</summary>
    AclSnapshot Current { get; }
}
