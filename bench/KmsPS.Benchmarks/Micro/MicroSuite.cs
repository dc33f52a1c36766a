using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KmsPS.Benchmarks.Report;

namespace KmsPS.Benchmarks.Micro;

/// <summary>B13, B14 and B15: the hot paths in this process, in nanoseconds and bytes.</summary>
internal sealed class MicroSuite(Options options)
{
    // What each may cost: nanoseconds and allocated bytes; null where it is only watched.
    private static readonly Dictionary<string, (double? Nanoseconds, long? Bytes)> Budgets = new()
    {
        ["Granted"] = (200, 0),
        ["Refused"] = (200, 0),
        ["ExplainGranted"] = (20_000, null),
        ["ExplainRefused"] = (20_000, null),
        ["ReadRequest"] = (200, null),
        ["WriteEeks"] = (null, null),
        ["WriteAnswer"] = (200, 0),
        ["KnownCookie"] = (150, 0),
        ["KnownToken"] = (2000, null),
        ["FreshToken"] = (2000, null),
        ["FreshCookie"] = (null, null),
        ["Transform"] = (null, 0),
        ["Decrypt"] = (null, null),
        ["Generate"] = (null, null),
        ["Pipeline"] = (null, 768),
    };

    public async Task<IReadOnlyList<Row>> RunAsync()
    {
        List<Row> rows = [];
        if (options.Wants("B13"))
        {
            rows.AddRange(Run<AclBenchmarks>("B13"));
            foreach (Row row in await new AclReloadTime(options).RunAsync())
            {
                Console.WriteLine(Table.Line(row));
                rows.Add(row);
            }
        }

        if (options.Wants("B14"))
        {
            rows.AddRange(Run<SignInBenchmarks>("B14"));
        }

        if (options.Wants("B15"))
        {
            rows.AddRange(Run<EekBenchmarks>("B15"));
            rows.AddRange(Run<WireBenchmarks>("B15"));
        }

        return rows;
    }

    private IEnumerable<Row> Run<T>(string id)
    {
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(options.Quick ? 2 : 6).WithIterationCount(options.Quick ? 3 : 12);
        IConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "kmsps-benchmarks"));
        Summary summary = BenchmarkRunner.Run<T>(config);
        if (summary.Reports.Length == 0 || summary.HasCriticalValidationErrors)
        {
            throw new InvalidOperationException($"{typeof(T).Name} did not run: {string.Join("; ", summary.ValidationErrors.Select(static error => error.Message))}");
        }

        return summary.Reports.Select(report => ToRow(id, report)).ToArray();
    }

    private static Row ToRow(string id, BenchmarkReport report)
    {
        string method = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        (double? nanoseconds, long? bytes) = Budgets[method];
        double mean = report.ResultStatistics?.Mean ?? throw new InvalidOperationException($"{method} gave no result.");
        long allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        string[] target = [.. new[] { nanoseconds is { } most ? $"< {most:0} ns" : null, bytes is { } room ? $"≤ {room} bytes" : null }.OfType<string>()];
        Row row = new(
            id,
            report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
            target.Length == 0 ? "watched" : string.Join(", ", target),
            string.Create(CultureInfo.InvariantCulture, $"{mean:0.0} ns, {allocated} bytes"),
            string.Create(CultureInfo.InvariantCulture, $"± {report.ResultStatistics.StandardDeviation:0.0} ns; best {report.ResultStatistics.Min:0.0} ns"),
            (nanoseconds is null || mean < nanoseconds) && (bytes is null || allocated <= bytes));
        Console.WriteLine(Table.Line(row));
        return row;
    }
}
