namespace KmsPS.Benchmarks.Report;

/// <summary>One measured line.</summary>
/// <param name="Id">Its name in the plan: B1, B2 …</param>
/// <param name="Scenario">What was done.</param>
/// <param name="Target">What was hoped for, in words.</param>
/// <param name="Measured">The figure that the target speaks of.</param>
/// <param name="Detail">What else was seen.</param>
/// <param name="IsMet">Whether the target is reached.</param>
internal sealed record Row(string Id, string Scenario, string Target, string Measured, string Detail, bool IsMet);
