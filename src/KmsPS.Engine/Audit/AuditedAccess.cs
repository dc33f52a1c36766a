using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Audit;

/// <summary>A success that is counted instead of written.</summary>
/// <param name="Verb">The operation.</param>
/// <param name="Operation">Its name in audit lines.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The version used.</param>
/// <param name="Count">Number of keys or EEKs.</param>
public readonly record struct AuditedAccess(KmsOperation Verb, string Operation, string Key, string? Version, int Count);
