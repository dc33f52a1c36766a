using System.Diagnostics;
using System.Globalization;
using KmsPS.Benchmarks.Report;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Benchmarks.Stores;

/// <summary>B18: every key of an embedded store through <c>Get-KmsKey | Invoke-KmsRollover</c>, beside commits of the bare database.</summary>
internal sealed class ShellRollover(Options options, Clone clone, string folder)
{
    private const double Target = 0.5;
    private const int Writers = 16;

    private int Keys => options.Quick ? 10_000 : 100_000;

    /// <returns><see langword="null"/> where PowerShell is not installed.</returns>
    public async Task<Row?> RunAsync()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static place => File.Exists(Path.Combine(place, "pwsh"))))
        {
            Console.WriteLine("B18 is skipped: pwsh was not found.");
            return null;
        }

        string database = Path.Combine(folder, "roll.db");
        await using (IKeyProvider store = await Stores.OpenAsync($"sqlite://file@{database}"))
        {
            await Parallel.ForAsync(0, Keys, new ParallelOptions { MaxDegreeOfParallelism = Writers }, async (i, stop) =>
                (await store.CreateAsync(NewKey.Default(KeyName.Parse(string.Create(CultureInfo.InvariantCulture, $"k{i}"))), stop)).Dispose());
        }

        // Before and after, for the disk has other users.
        double before = await RawAsync();
        double seconds = await RollAsync(database);
        double after = await RawAsync();
        double raw = (before + after) / 2;
        double rate = Keys / seconds;
        Row row = new(
            "B18",
            string.Create(CultureInfo.InvariantCulture, $"roll {Keys:N0} keys in a pipeline of Get-KmsKey and Invoke-KmsRollover, SQLite"),
            "≥ 0.50 of raw commits",
            string.Create(CultureInfo.InvariantCulture, $"{rate / raw:0.00}"),
            string.Create(CultureInfo.InvariantCulture, $"{rate:0} keys/s in {seconds:0} s, audited each; raw commits {before:0}/s before, {after:0}/s after"),
            rate >= Target * raw);
        Console.WriteLine(Table.Line(row));
        return row;
    }

    private async Task<double> RollAsync(string database)
    {
        string module = Path.Combine(clone.Root, "output", "KmsPS", clone.Version, "KmsPS.psd1");
        string script = $$"""
            Import-Module '{{module}}'
            Connect-KmsProvider 'sqlite://file@{{database}}' | Out-Null
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $rolled = 0
            Get-KmsKey | Invoke-KmsRollover -ThrottleLimit 16 -ErrorAction Stop | ForEach-Object { $rolled++ }
            "$rolled $($watch.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture))"
            """;
        ProcessStartInfo start = new("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script]) { RedirectStandardOutput = true };
        start.Environment["XDG_DATA_HOME"] = folder;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("pwsh did not start.");
        string answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] words = answer.Trim().Split(' ');
        return process.ExitCode == 0 && words is [var rolled, var seconds] && int.Parse(rolled, CultureInfo.InvariantCulture) == Keys
            ? double.Parse(seconds, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pwsh ended with {process.ExitCode}: {answer}");
    }

    private async Task<double> RawAsync()
    {
        await using IRawWriter raw = await RawInserts.SqliteAsync(Path.Combine(folder, "raw.db"));
        long started = Stopwatch.GetTimestamp();
        int done = 0;
        while (Stopwatch.GetElapsedTime(started) < 2 * options.Round)
        {
            await raw.InsertAsync();
            done++;
        }

        return done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
