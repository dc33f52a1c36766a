namespace KmsPS.Engine.Providers;

/// <summary>What was found in a store.</summary>
/// <param name="IsDeep">Whether every row was opened.</param>
/// <param name="Counts">What was looked at.</param>
/// <param name="Epoch">The store's epoch; 1 for one that was never restored, repaired or given a new store key.</param>
/// <param name="Failures">What is wrong.</param>
public sealed record CheckReport(bool IsDeep, StoreCounts Counts, long Epoch, IReadOnlyList<StoreFailure> Failures);
