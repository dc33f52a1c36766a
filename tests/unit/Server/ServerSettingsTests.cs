using System.Text;
using System.Text.Json;

namespace KmsPS.Tests.Server;

/// <summary>Settings that change what the whole server does.</summary>
public sealed class ServerSettingsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task New_names_match_the_pattern_that_is_set_and_bodies_the_limit()
    {
        DirectoryInfo conf = Directory.CreateTempSubdirectory("kmsps-test-");
        await File.WriteAllTextAsync(
            Path.Combine(conf.FullName, "kms-site.xml"),
            "<configuration><property><name>kmsps.key.name.pattern</name><value>[a-z]+-[0-9]{2}</value></property><property><name>kmsps.http.max.body.bytes</name><value>2048</value></property></configuration>",
            Stop);
        await using (RunningServer server = await RunningServer.StartAsync(conf.FullName, "http", Stop))
        {
            Assert.Equal(201, (await CreateAsync(server, "zone-01", "")).Status);
            RawHttp.Reply refused = await CreateAsync(server, "zone-01x", "");
            Assert.Equal(400, refused.Status);
            Assert.Contains("does not match kmsps.key.name.pattern", refused.Body, StringComparison.Ordinal);
            Assert.Equal(413, (await CreateAsync(server, "zone-02", new string('d', 2048))).Status);
        }

        conf.Delete(recursive: true);
    }

    [Fact]
    public async Task So_many_data_keys_are_made_and_wrapped_anew_in_one_request_as_is_set_and_no_more()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("kmsps.eek.max.count", "5")], "http", Stop);
        Assert.Equal(201, (await CreateAsync(server, "zone", "")).Status);
        RawHttp.Reply made = await GenerateAsync(5);
        Assert.Equal(200, made.Status);
        RawHttp.Reply refused = await GenerateAsync(6);
        Assert.Equal(400, refused.Status);
        Assert.Contains("at most 5 data keys", refused.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await WrapAsync(made.Body)).Status);
        refused = await WrapAsync(made.Body.TrimEnd().TrimEnd(']') + "," + made.Body.TrimStart().TrimStart('['));
        Assert.Equal(400, refused.Status);
        Assert.Contains("at most 5 are re-encrypted", refused.Body, StringComparison.Ordinal);

        Task<RawHttp.Reply> GenerateAsync(int count) => RawHttp.SendAsync(server.Url, "GET", $"/kms/v1/key/zone/_eek?eek_op=generate&num_keys={count}&user.name=alice", [], [], Stop);

        Task<RawHttp.Reply> WrapAsync(string eeks) => RawHttp.SendAsync(server.Url, "POST", "/kms/v1/key/zone/_reencryptbatch?user.name=alice", [("Content-Type", "application/json")], Encoding.UTF8.GetBytes(eeks), Stop);
    }

    [Fact]
    public async Task Nobody_in_particular_sees_the_pages_as_recorded_where_that_is_allowed()
    {
        string folder = Vectors.Path("recorded", "jmx", "anonymous");
        await using RunningServer server = await RunningServer.StartAsync(Path.Combine(folder, "conf"), "http", Stop);
        int compared = 0;
        foreach (JsonElement exchange in (await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), Stop)).Select(static line => JsonDocument.Parse(line).RootElement))
        {
            string target = exchange.GetProperty("request").GetProperty("target").GetString()!;
            if (target.Contains("/kms/v1", StringComparison.Ordinal) || target is "/" or "/logs/")
            {
                continue;
            }

            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, "GET", target, [], [], Stop);
            Assert.Equal($"{target} {exchange.GetProperty("response").GetProperty("status").GetInt32()}", $"{target} {reply.Status}");
            compared++;
        }

        Assert.Equal(5, compared);
        Assert.Equal(403, (await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/keys/names", [], [], Stop)).Status);
    }

    private static Task<RawHttp.Reply> CreateAsync(RunningServer server, string name, string description) => RawHttp.SendAsync(
        server.Url, "POST", "/kms/v1/keys?user.name=alice", [("Content-Type", "application/json")], Encoding.ASCII.GetBytes(JsonSerializer.Serialize(new { name, description })), Stop);
}
