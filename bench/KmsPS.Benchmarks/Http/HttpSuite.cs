using System.Text.Json;
using KmsPS.Benchmarks.Load;
using KmsPS.Benchmarks.Report;
using KmsPS.Benchmarks.Servers;

namespace KmsPS.Benchmarks.Http;

/// <summary>B1, B2, B3 and B9: what our code adds to the least that Kestrel does, over TLS and in the clear.</summary>
internal sealed class HttpSuite(Options options, KmsServerProcess kms)
{
    private const string Key = "bench";
    private const string Generate = $"/kms/v1/key/{Key}/_eek?eek_op=generate&num_keys=";
    private const string Decrypt = $"/kms/v1/keyversion/{Key}%400/_eek?eek_op=decrypt";

    public async Task<IReadOnlyList<Row>> RunAsync()
    {
        await using Connection connection = await Connection.OpenAsync(kms.Plain, CancellationToken.None);
        string cookie = await CreateKeyAsync(connection);
        string[] bodies = await GenerateAsync(connection, cookie, options.Connections);
        Scenario[] scenarios =
        [
            new("B1", "decrypt an EEK", 0.90, (server, login) => [.. bodies.Select(body => (ReadOnlyMemory<byte>)Request.Json(server, "POST", Decrypt, body, login))]),
            new("B2", "generate one EEK", 0.90, static (server, login) => [Request.Get(server, Generate + "1", login)]),
            new("B3", "generate 500 EEKs", 0.60, static (server, login) => [Request.Get(server, Generate + "500", login)]),
        ];

        List<Row> rows = [];
        if (options.Wants("B9"))
        {
            rows.Add(await new TokenStorm(options, kms).RunAsync(cookie, scenarios[0].Requests(kms.Plain, cookie)));
        }

        foreach (Scenario scenario in scenarios.Where(each => options.Wants(each.Id)))
        {
            // A fresh connection: the first was idle while others worked, and the server closes idle ones.
            await using Connection probe = await Connection.OpenAsync(kms.Plain, CancellationToken.None);
            HttpAnswer answer = Success(await probe.ProbeAsync(scenario.Requests(kms.Plain, cookie)[0], CancellationToken.None));
            await using BareServerProcess bare = await BareServerProcess.StartAsync(answer);
            rows.Add(await CompareAsync(scenario, "TLS", kms.Tls, bare.Tls, bare, cookie));
            rows.Add(await CompareAsync(scenario, "plain", kms.Plain, bare.Plain, bare, cookie));
        }

        return rows;
    }

    private async Task<Row> CompareAsync(Scenario scenario, string transport, Uri ours, Uri theirs, BareServerProcess bare, string cookie)
    {
        Wrk real = new(ours, kms.Process, scenario.Requests(ours, cookie), options.Connections);
        Wrk floor = new(theirs, bare.Process, scenario.Requests(theirs, cookie), options.Connections);
        await real.RunAsync(options.WarmUp);
        await floor.RunAsync(options.WarmUp);
        Comparison comparison = new();
        for (int round = 0; round < options.Rounds; round++)
        {
            // One, the other twice, the one again, and who is the one changes: a drift of the machine favours neither.
            (Wrk outer, Wrk inner) = round % 2 == 0 ? (real, floor) : (floor, real);
            LoadResult begin = await outer.RunAsync(options.Round);
            LoadResult middle = await inner.RunAsync(options.Round) + await inner.RunAsync(options.Round);
            LoadResult rim = begin + await outer.RunAsync(options.Round);
            comparison.Add(outer == real ? rim : middle, outer == real ? middle : rim);
        }

        Row row = comparison.ToRow(scenario, transport);
        Console.WriteLine(Table.Line(row));
        return row;
    }

    private static async Task<string> CreateKeyAsync(Connection connection)
    {
        Uri any = new("http://127.0.0.1");
        byte[] request = Request.Json(any, "POST", "/kms/v1/keys?user.name=bench", $$"""{"name":"{{Key}}","cipher":"AES/CTR/NoPadding","length":256}""");
        HttpAnswer created = Success(await connection.ProbeAsync(request, CancellationToken.None));
        string cookie = created.Header("Set-Cookie") ?? throw new InvalidOperationException("kms-server set no cookie at the first request.");
        return cookie.Split(';')[0];
    }

    // Each connection decrypts an EEK of its own.
    private static async Task<string[]> GenerateAsync(Connection connection, string cookie, int count)
    {
        HttpAnswer made = Success(await connection.ProbeAsync(Request.Get(new Uri("http://127.0.0.1"), $"{Generate}{count}", cookie), CancellationToken.None));
        using JsonDocument eeks = JsonDocument.Parse(made.Body);
        return [.. eeks.RootElement.EnumerateArray().Select(static eek =>
            $$"""{"name":"{{Key}}","iv":"{{eek.GetProperty("iv").GetString()}}","material":"{{eek.GetProperty("encryptedKeyVersion").GetProperty("material").GetString()}}"}""")];
    }

    private static HttpAnswer Success(HttpAnswer answer) => answer.Status is >= 200 and <= 299
        ? answer
        : throw new InvalidOperationException($"kms-server answered {answer.Status}: {answer.Text}");
}
