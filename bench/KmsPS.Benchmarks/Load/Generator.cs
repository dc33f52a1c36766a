using System.Diagnostics;

namespace KmsPS.Benchmarks.Load;

/// <summary>Keeps a fixed number of connections busy, each with one request at a time, as a client of a KMS does.</summary>
internal sealed class Generator : IAsyncDisposable
{
    private readonly Connection[] _connections;
    private readonly ReadOnlyMemory<byte>[] _requests;
    private readonly Process _server;

    private Generator(Connection[] connections, ReadOnlyMemory<byte>[] requests, Process server)
    {
        _connections = connections;
        _requests = requests;
        _server = server;
    }

    /// <param name="server">Where to connect.</param>
    /// <param name="process">Whose processor time is counted.</param>
    /// <param name="requests">Ready-made requests, dealt out to the connections in turn.</param>
    /// <param name="connections">How many connections.</param>
    public static async Task<Generator> ConnectAsync(Uri server, Process process, ReadOnlyMemory<byte>[] requests, int connections)
    {
        Connection[] open = new Connection[connections];
        for (int i = 0; i < connections; i++)
        {
            open[i] = await Connection.OpenAsync(server, CancellationToken.None);
        }

        return new Generator(open, requests, process);
    }

    /// <summary>Loads the server for about <paramref name="length"/>.</summary>
    /// <exception cref="InvalidOperationException">An answer was not a success: a figure over failures would mean nothing.</exception>
    public async Task<LoadResult> RunAsync(TimeSpan length)
    {
        _server.Refresh();
        TimeSpan cpu = _server.TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        long until = started + (long)(length.TotalSeconds * Stopwatch.Frequency);
        List<long>[] latencies = await Task.WhenAll(_connections.Select((connection, i) => Task.Run(() => LoopAsync(connection, i, until))));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        _server.Refresh();
        cpu = _server.TotalProcessorTime - cpu;
        long[] all = [.. latencies.SelectMany(static each => each)];
        Array.Sort(all);
        return new LoadResult(all.Length, elapsed, cpu, At(all, 0.5), At(all, 0.99));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Connection connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<List<long>> LoopAsync(Connection connection, int index, long until)
    {
        List<long> latencies = new(64 * 1024);
        ReadOnlyMemory<byte> request = _requests[index % _requests.Length];
        long before = Stopwatch.GetTimestamp();
        while (before < until)
        {
            int status = await connection.AskAsync(request, CancellationToken.None);
            if (status is < 200 or > 299)
            {
                throw new InvalidOperationException($"The server answered {status} under load; the run counts for nothing.");
            }

            long after = Stopwatch.GetTimestamp();
            latencies.Add(after - before);
            before = after;
        }

        return latencies;
    }

    private static TimeSpan At(long[] sorted, double part) =>
        sorted.Length == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, sorted[(int)((sorted.Length - 1) * part)]);
}
