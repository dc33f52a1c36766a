namespace KmsPS.Benchmarks.Http;

/// <summary>One comparison with the bare endpoint.</summary>
/// <param name="Id">Its name in the plan.</param>
/// <param name="What">In words.</param>
/// <param name="Target">The ratio that the lower quartile must reach.</param>
/// <param name="Requests">Makes the requests for a server, given the cookie.</param>
internal sealed record Scenario(string Id, string What, double Target, Func<Uri, string, ReadOnlyMemory<byte>[]> Requests);
