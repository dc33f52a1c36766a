namespace KmsPS.Benchmarks.Load;

/// <summary>One side of one round.</summary>
/// <param name="Requests">Answered requests; all of them successes.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="ServerCpu">Processor time that the server's process used meanwhile.</param>
/// <param name="Median">Median latency.</param>
/// <param name="P99">Latency that one in a hundred exceeded.</param>
internal sealed record LoadResult(long Requests, TimeSpan Elapsed, TimeSpan ServerCpu, TimeSpan Median, TimeSpan P99)
{
    public double PerSecond => Requests / Elapsed.TotalSeconds;

    public double CpuMicroseconds => ServerCpu.TotalMicroseconds / Requests;
}
