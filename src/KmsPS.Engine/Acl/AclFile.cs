using KmsPS.Engine.Configuration;

namespace KmsPS.Engine.Acl;

/// <summary>A <c>kms-acls.xml</c>, read.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Snapshot">Its rules.</param>
/// <param name="Warnings">What was ignored, and what a person may have meant otherwise; in file order.</param>
/// <param name="Properties">Every property in file order, as written.</param>
public sealed record AclFile(string Path, AclSnapshot Snapshot, IReadOnlyList<AclFinding> Warnings, IReadOnlyList<HadoopProperty> Properties);
