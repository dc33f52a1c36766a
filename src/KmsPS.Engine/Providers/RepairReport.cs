namespace KmsPS.Engine.Providers;

/// <summary>How a store is to be repaired.</summary>
/// <param name="IsTrial">Only tell what would be done.</param>
public sealed record RepairRequest(bool IsTrial);

/// <summary>One thing that was, or would be, put right.</summary>
/// <param name="Kind">What it is about: <c>Key</c>, <c>Version</c>, <c>Name</c>, <c>State</c>, <c>Page</c>.</param>
/// <param name="Subject">Which, printable.</param>
/// <param name="Action">What is done.</param>
public sealed record StoreRepair(string Kind, string Subject, string Action);

/// <summary>What a repair did.</summary>
/// <param name="Repairs">What was, or would be, put right.</param>
/// <param name="Copy">A copy of the database from before, where there is one.</param>
/// <param name="Failures">What is still wrong.</param>
public sealed record RepairReport(IReadOnlyList<StoreRepair> Repairs, string? Copy, IReadOnlyList<StoreFailure> Failures);
