using System.Diagnostics;
using System.Globalization;
using KmsPS.Benchmarks.Load;
using KmsPS.Benchmarks.Report;
using KmsPS.Benchmarks.Servers;

namespace KmsPS.Benchmarks.Http;

/// <summary>B9: how long decrypting takes while 200 delegation tokens a second are handed out, beside how long it takes without.</summary>
/// <remarks>Few connections: the figure is about waiting for somebody else's writes, not about a full processor.</remarks>
internal sealed class TokenStorm(Options options, KmsServerProcess kms)
{
    private const int TokensPerSecond = 200;
    private const int Connections = 4;
    private const double Target = 1.3;

    public async Task<Row> RunAsync(string cookie, IReadOnlyList<ReadOnlyMemory<byte>> decrypts)
    {
        Wrk decrypt = new(kms.Plain, kms.Process, decrypts, Connections);
        await decrypt.RunAsync(options.WarmUp);
        await AmongTokensAsync(decrypt, cookie);
        List<(LoadResult Calm, LoadResult Storm, int Tokens)> rounds = [];
        for (int round = 0; round < options.Rounds; round++)
        {
            // Who goes first changes, so that a drift of the machine favours neither.
            LoadResult? calm = round % 2 == 0 ? await decrypt.RunAsync(options.Round) : null;
            (LoadResult storm, int tokens) = await AmongTokensAsync(decrypt, cookie);
            rounds.Add((calm ?? await decrypt.RunAsync(options.Round), storm, tokens));
        }

        double[] ratios = [.. rounds.Select(static each => each.Storm.P99 / each.Calm.P99).Order()];
        double issued = rounds.Sum(static each => each.Tokens) / rounds.Sum(static each => each.Storm.Elapsed.TotalSeconds);
        double median = ratios[ratios.Length / 2];
        Row row = new(
            "B9",
            $"decrypt p99 while {TokensPerSecond} tokens a second are issued ÷ without",
            string.Create(CultureInfo.InvariantCulture, $"≤ {Target:0.0}"),
            median.ToString("0.00", CultureInfo.InvariantCulture),
            string.Create(
                CultureInfo.InvariantCulture,
                $"median of {ratios.Length}, {ratios[0]:0.00} to {ratios[^1]:0.00}; {issued:0} tokens/s issued; p99 {Middle(rounds, static each => each.Calm.P99):0.00} ms without, {Middle(rounds, static each => each.Storm.P99):0.00} ms with; p50 {Middle(rounds, static each => each.Calm.Median):0.00} and {Middle(rounds, static each => each.Storm.Median):0.00} ms"),
            median <= Target && issued >= 0.9 * TokensPerSecond);
        Console.WriteLine(Table.Line(row));
        return row;
    }

    private static double Middle(List<(LoadResult Calm, LoadResult Storm, int Tokens)> rounds, Func<(LoadResult Calm, LoadResult Storm, int Tokens), TimeSpan> of) =>
        rounds.Select(of).Order().ElementAt(rounds.Count / 2).TotalMilliseconds;

    private async Task<(LoadResult Load, int Tokens)> AmongTokensAsync(Wrk decrypt, string cookie)
    {
        using CancellationTokenSource stop = new();

        // Four connections: an issue waits for the disk, and one alone might not reach the rate.
        Task<int>[] issuers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => IssueAsync(cookie, TokensPerSecond / 4, stop.Token)))];
        LoadResult load = await decrypt.RunAsync(options.Round);
        await stop.CancelAsync();
        return (load, (await Task.WhenAll(issuers)).Sum());
    }

    private async Task<int> IssueAsync(string cookie, int perSecond, CancellationToken stop)
    {
        await using Connection connection = await Connection.OpenAsync(kms.Plain, CancellationToken.None);
        byte[] request = Request.Get(kms.Plain, "/kms/v1/?op=GETDELEGATIONTOKEN&renewer=bench", cookie);
        long started = Stopwatch.GetTimestamp();
        int issued = 0;
        while (!stop.IsCancellationRequested)
        {
            TimeSpan ahead = TimeSpan.FromSeconds((double)issued / perSecond) - Stopwatch.GetElapsedTime(started);
            if (ahead > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(ahead, CancellationToken.None);
                continue;
            }

            int status = await connection.AskAsync(request, CancellationToken.None);
            issued += status == 200 ? 1 : throw new InvalidOperationException($"The server answered {status} to a request for a token; the run counts for nothing.");
        }

        return issued;
    }
}
