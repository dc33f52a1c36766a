using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KmsPS.Benchmarks.Load;

/// <summary>
/// Keeps a fixed number of connections busy, each with one request at a time, as a client of a KMS does. It is wrk, a program of its
/// own in C: a load generator in .NET beside the server would take more of the two cores than what is measured.
/// </summary>
/// <param name="server">Where to connect.</param>
/// <param name="process">Whose processor time is counted.</param>
/// <param name="requests">Ready-made requests, sent in turn.</param>
/// <param name="connections">How many connections.</param>
internal sealed class Wrk(Uri server, Process process, IReadOnlyList<ReadOnlyMemory<byte>> requests, int connections)
{
    private const string Mark = "result";

    // SOURCE: wrk's SCRIPTING: what request() returns is sent as it is; done() is told the sums, in microseconds.
    private const string Script = """
        local at = 0
        function request()
            at = at % #all + 1
            return all[at]
        end
        function done(summary, latency, requests)
            local e = summary.errors
            print(string.format("result %d %d %d %d %d %d", summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
        end
        """;

    /// <summary>Loads the server for <paramref name="length"/>.</summary>
    /// <exception cref="InvalidOperationException">An answer was not a success: a figure over failures would mean nothing. Or wrk is not there.</exception>
    public async Task<LoadResult> RunAsync(TimeSpan length)
    {
        string script = Path.Combine(Path.GetTempPath(), $"kmsps-bench-{Guid.NewGuid():N}.lua");
        await File.WriteAllTextAsync(script, $"all = {{ {string.Join(", ", requests.Select(static request => Literal(request.Span)))} }}\n{Script}");
        try
        {
            process.Refresh();
            TimeSpan before = process.TotalProcessorTime;
            string output = await RunAsync(script, length);
            process.Refresh();
            return Read(output, process.TotalProcessorTime - before);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private async Task<string> RunAsync(string script, TimeSpan length)
    {
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)length.TotalSeconds)}s");
        ProcessStartInfo start = new("wrk", ["--threads", "1", "--connections", connections.ToString(CultureInfo.InvariantCulture), "--duration", seconds, "--script", script, server.ToString()]) { RedirectStandardOutput = true };
        try
        {
            using Process wrk = Process.Start(start)!;
            string output = await wrk.StandardOutput.ReadToEndAsync();
            await wrk.WaitForExitAsync();
            return output;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("wrk, the load generator, is not installed. Install the package wrk, or choose other scenarios with --only.", missing);
        }
    }

    private static LoadResult Read(string output, TimeSpan cpu)
    {
        string[] words = output.Split('\n').FirstOrDefault(static line => line.StartsWith(Mark, StringComparison.Ordinal))?.Split(' ') ?? throw new InvalidOperationException($"wrk said no result: {output}");
        long[] sums = [.. words[1..].Select(static word => long.Parse(word, CultureInfo.InvariantCulture))];
        return sums is [> 0, _, 0, 0, _, _]
            ? new LoadResult(sums[0], TimeSpan.FromMicroseconds(sums[1]), cpu, TimeSpan.FromMicroseconds(sums[4]), TimeSpan.FromMicroseconds(sums[5]))
            : throw new InvalidOperationException($"Of {sums[0]} answers {sums[2]} were no success, and {sums[3]} requests failed; the run counts for nothing.");
    }

    // A string of Lua with every byte that is not plain as its number.
    private static string Literal(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new("\"");
        foreach (byte each in bytes)
        {
            _ = each is >= (byte)' ' and <= (byte)'~' and not (byte)'"' and not (byte)'\\' ? text.Append((char)each) : text.Append(CultureInfo.InvariantCulture, $"\\{each:000}");
        }

        return text.Append('"').ToString();
    }
}
