namespace KmsPS.Benchmarks.Load;

/// <summary>One side of one round.</summary>
/// <param name="Requests">Answered requests; all of them successes.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="ServerCpu">Processor time that the server's process used meanwhile.</param>
/// <param name="Median">Median latency.</param>
/// <param name="P99">Latency that one in a hundred exceeded.</param>
internal sealed record LoadResult(long Requests, TimeSpan Elapsed, TimeSpan ServerCpu, TimeSpan Median, TimeSpan P99)
{
    /// <summary>Two sides of one round as one; latencies are the mean of both.</summary>
    public static LoadResult operator +(LoadResult first, LoadResult second) => new(
        first.Requests + second.Requests,
        first.Elapsed + second.Elapsed,
        first.ServerCpu + second.ServerCpu,
        (first.Median + second.Median) / 2,
        (first.P99 + second.P99) / 2);

    public double PerSecond => Requests / Elapsed.TotalSeconds;

    public double CpuMicroseconds => ServerCpu.TotalMicroseconds / Requests;
}
