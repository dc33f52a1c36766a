using System.Diagnostics;
using System.Runtime;
using KmsPS.Engine.Telemetry;
using ThreadState = System.Diagnostics.ThreadState;

namespace KmsPS.Server.Admin;

/// <summary>
/// The beans of a Hadoop KMS that something honest can be said of here: its nine meters, and what a .NET process knows of memory,
/// collections, threads and its machine under the names that a JVM gives them. What only a JVM has is left out, not made up.
/// </summary>
internal static class JmxBeans
{
    private const double Mebi = 1024 * 1024;

    /// <summary>All beans.</summary>
    public static IReadOnlyList<JmxBean> Of(KmsMeter meter, AdminOptions options, TimeProvider time)
    {
        string host = Environment.MachineName;
        return
        [
            .. meter.Hadoop.All.Select(static each => Meter(each.Key, each.Value)),
            new($"Hadoop:service={options.ProcessName},name=JvmMetrics", "JvmMetrics", () => JvmMetrics(options, host)),
            new("java.lang:type=Memory", "sun.management.MemoryImpl", Memory),
            new("java.lang:type=Threading", "sun.management.ThreadImpl", Threading),
            new("java.lang:type=OperatingSystem", "com.sun.management.internal.OperatingSystemImpl", OperatingSystemFacts),
            new("java.lang:type=Runtime", "sun.management.RuntimeImpl", () => RuntimeFacts(time)),
            new("java.lang:type=ClassLoading", "sun.management.ClassLoadingImpl", ClassLoading),
            .. Enumerable.Range(0, GC.MaxGeneration + 1).Select(Collector),
        ];
    }

    private static JmxBean Meter(string name, RateMeter meter) => new($"metrics:name={name}", "com.codahale.metrics.JmxReporter$JmxMeter", () =>
    [
        new("Count", meter.Count),
        new("FifteenMinuteRate", meter.FifteenMinuteRate),
        new("FiveMinuteRate", meter.FiveMinuteRate),
        new("MeanRate", meter.MeanRate),
        new("OneMinuteRate", meter.OneMinuteRate),
        new("RateUnit", "events/second"),
    ]);

    private static IReadOnlyList<KeyValuePair<string, object?>> JvmMetrics(AdminOptions options, string host)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        using Process self = Process.GetCurrentProcess();
        ThreadState[] threads = [.. self.Threads.Cast<ProcessThread>().Select(static thread => thread.ThreadState)];
        return
        [
            new("tag.Context", "jvm"),
            new("tag.ProcessName", options.ProcessName),
            new("tag.SessionId", options.SessionId),
            new("tag.Hostname", host),
            new("MemNonHeapUsedM", Math.Max(0, self.WorkingSet64 - memory.TotalCommittedBytes) / Mebi),
            new("MemHeapUsedM", GC.GetTotalMemory(false) / Mebi),
            new("MemHeapCommittedM", memory.TotalCommittedBytes / Mebi),
            new("MemHeapMaxM", memory.TotalAvailableMemoryBytes / Mebi),
            new("MemMaxM", memory.TotalAvailableMemoryBytes / Mebi),
            new("GcCount", Enumerable.Range(0, GC.MaxGeneration + 1).Sum(GC.CollectionCount)),
            new("GcTimeMillis", (long)GC.GetTotalPauseDuration().TotalMilliseconds),
            new("ThreadsRunnable", threads.Count(static state => state is ThreadState.Running or ThreadState.Ready or ThreadState.Standby)),
            new("ThreadsWaiting", threads.Count(static state => state is ThreadState.Wait)),
            new("ThreadsTerminated", threads.Count(static state => state is ThreadState.Terminated)),
        ];
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> Memory() =>
    [
        new("ObjectPendingFinalizationCount", GC.GetGCMemoryInfo().FinalizationPendingCount),
        new("HeapUsedBytes", GC.GetTotalMemory(false)),
        new("HeapCommittedBytes", GC.GetGCMemoryInfo().TotalCommittedBytes),
        new("ObjectName", "java.lang:type=Memory"),
    ];

    private static IReadOnlyList<KeyValuePair<string, object?>> Threading()
    {
        using Process self = Process.GetCurrentProcess();
        return
        [
            new("ThreadCount", self.Threads.Count),
            new("TotalThreadAllocatedBytes", GC.GetTotalAllocatedBytes()),
            new("ThreadPoolThreadCount", ThreadPool.ThreadCount),
            new("ThreadPoolQueueLength", ThreadPool.PendingWorkItemCount),
            new("ObjectName", "java.lang:type=Threading"),
        ];
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> OperatingSystemFacts()
    {
        using Process self = Process.GetCurrentProcess();
        return
        [
            new("Name", OperatingSystem.IsLinux() ? "Linux" : Environment.OSVersion.Platform.ToString()),
            new("Version", Environment.OSVersion.Version.ToString()),
            new("Arch", System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString()),
            new("AvailableProcessors", Environment.ProcessorCount),
            new("ProcessCpuTime", self.TotalProcessorTime.Ticks * 100),
            new("CommittedVirtualMemorySize", self.VirtualMemorySize64),
            new("TotalMemorySize", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            new("ObjectName", "java.lang:type=OperatingSystem"),
        ];
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> RuntimeFacts(TimeProvider time)
    {
        using Process self = Process.GetCurrentProcess();
        DateTimeOffset started = new(self.StartTime);
        return
        [
            new("Name", $"{Environment.ProcessId}@{Environment.MachineName}"),
            new("Pid", Environment.ProcessId),
            new("StartTime", started.ToUnixTimeMilliseconds()),
            new("Uptime", (long)(time.GetUtcNow() - started).TotalMilliseconds),
            new("VmName", ".NET"),
            new("VmVendor", "Microsoft"),
            new("VmVersion", Environment.Version.ToString()),
            new("ServerGarbageCollector", GCSettings.IsServerGC),
            new("ObjectName", "java.lang:type=Runtime"),
        ];
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> ClassLoading()
    {
        int loaded = AppDomain.CurrentDomain.GetAssemblies().Length;
        return [new("Verbose", false), new("UnloadedClassCount", 0), new("LoadedAssemblyCount", loaded), new("ObjectName", "java.lang:type=ClassLoading")];
    }

    private static JmxBean Collector(int generation)
    {
        string name = $"java.lang:name=Generation {generation},type=GarbageCollector";
        return new(name, "com.sun.management.internal.GarbageCollectorExtImpl", () =>
            [new("CollectionCount", GC.CollectionCount(generation)), new("Name", $"Generation {generation}"), new("Valid", true), new("ObjectName", name)]);
    }
}
