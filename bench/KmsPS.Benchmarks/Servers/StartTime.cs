using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using KmsPS.Benchmarks.Load;
using KmsPS.Benchmarks.Report;

namespace KmsPS.Benchmarks.Servers;

/// <summary>B16: from the start of the process to the first 200 on <c>/health/ready</c>, on an empty store.</summary>
internal sealed class StartTime(Options options, Clone clone)
{
    private static readonly TimeSpan Target = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<Row> RunAsync()
    {
        List<double> milliseconds = [];
        for (int i = 0; i < options.Starts; i++)
        {
            milliseconds.Add((await OnceAsync()).TotalMilliseconds);
        }

        milliseconds.Sort();
        double middle = milliseconds[milliseconds.Count / 2];
        Row row = new(
            "B16",
            "process start to ready, empty store",
            "< 1 s",
            string.Create(CultureInfo.InvariantCulture, $"{middle:0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"median of {milliseconds.Count}; best {milliseconds[0]:0} ms, worst {milliseconds[^1]:0} ms"),
            middle < Target.TotalMilliseconds);
        Console.WriteLine(Table.Line(row));
        return row;
    }

    private async Task<TimeSpan> OnceAsync()
    {
        string folder = Directory.CreateTempSubdirectory("kmsps-start-").FullName;
        Uri url = new($"http://127.0.0.1:{FreePort.Find()}");
        long started = Stopwatch.GetTimestamp();
        using Process process = KmsServerProcess.Launch(clone, folder, url.GetLeftPart(UriPartial.Authority));
        try
        {
            while (!await IsReadyAsync(url))
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw new InvalidOperationException($"kms-server did not become ready: {await File.ReadAllTextAsync(Path.Combine(folder, "server.log"))}");
                }

                await Task.Delay(5);
            }

            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> IsReadyAsync(Uri url)
    {
        try
        {
            await using Connection connection = await Connection.OpenAsync(url, CancellationToken.None);
            return await connection.AskAsync(Request.Get(url, "/health/ready"), CancellationToken.None) == 200;
        }
        catch (Exception early) when (early is SocketException or IOException)
        {
            return false;
        }
    }
}
