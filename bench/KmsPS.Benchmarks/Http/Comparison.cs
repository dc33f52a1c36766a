using System.Globalization;
using KmsPS.Benchmarks.Load;
using KmsPS.Benchmarks.Report;

namespace KmsPS.Benchmarks.Http;

/// <summary>Rounds of the real server and the bare endpoint, side by side.</summary>
/// <remarks>
/// The gate is the ratio of processor time a request: load generator, server and everybody else share the cores, so throughput also
/// measures the neighbours. The ratio of throughput is shown beside it.
/// </remarks>
internal sealed class Comparison
{
    private readonly List<(LoadResult Ours, LoadResult Bare)> _rounds = [];

    public void Add(LoadResult ours, LoadResult bare) => _rounds.Add((ours, bare));

    public Row ToRow(Scenario scenario, string transport)
    {
        double[] cpu = [.. _rounds.Select(static round => round.Bare.CpuMicroseconds / round.Ours.CpuMicroseconds).Order()];
        double[] speed = [.. _rounds.Select(static round => round.Ours.PerSecond / round.Bare.PerSecond).Order()];
        string detail = string.Create(
            CultureInfo.InvariantCulture,
            $"median {Quantile(cpu, 0.5):0.00}; throughput {Quantile(speed, 0.25):0.00}/{Quantile(speed, 0.5):0.00}; CPU a request {Middle(static r => r.Ours.CpuMicroseconds):0.0} µs, bare {Middle(static r => r.Bare.CpuMicroseconds):0.0} µs; {Middle(static r => r.Ours.PerSecond):0}/s, bare {Middle(static r => r.Bare.PerSecond):0}/s; p50/p99 {Middle(static r => r.Ours.Median.TotalMilliseconds):0.00}/{Middle(static r => r.Ours.P99.TotalMilliseconds):0.00} ms");
        double quartile = Quantile(cpu, 0.25);
        return new Row(
            scenario.Id,
            $"{scenario.What}, {transport}",
            string.Create(CultureInfo.InvariantCulture, $"≥ {scenario.Target:0.00} of bare Kestrel"),
            quartile.ToString("0.00", CultureInfo.InvariantCulture),
            detail,
            quartile >= scenario.Target);
    }

    private double Middle(Func<(LoadResult Ours, LoadResult Bare), double> of) => Quantile([.. _rounds.Select(of).Order()], 0.5);

    private static double Quantile(double[] sorted, double part)
    {
        double at = (sorted.Length - 1) * part;
        int low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + ((at - low) * (sorted[low + 1] - sorted[low])) : sorted[low];
    }
}
