using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace KmsPS.Benchmarks.Report;

/// <summary>What a figure is worth nothing without.</summary>
internal static class MachineFacts
{
    public static string Describe(string root) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        Last run {Run(root)}: {Processor()}, {Environment.ProcessorCount} cores, load average {LoadAverage()};
        {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}, {(GCSettings.IsServerGC ? "server" : "workstation")} GC.

        """);

    /// <summary>The day and the commit.</summary>
    public static string Run(string root) => string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd} {Commit(root)}");

    private static string Processor() => ReadLine("/proc/cpuinfo", "model name")?.Split(':')[1].Trim() ?? $"{RuntimeInformation.ProcessArchitecture}";

    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string? ReadLine(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;

    private static string Commit(string root)
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", ["-C", root, "rev-parse", "--short", "HEAD"]) { RedirectStandardOutput = true })!;
            string commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return commit.Length > 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
