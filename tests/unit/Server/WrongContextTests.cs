using System.Text.Json;

namespace KmsPS.Tests.Server;

/// <summary>A client whose URL names another place than <c>/kms</c>.</summary>
public sealed class WrongContextTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OPTIONS /")]
    [InlineData("OPTIONS /static/hadoop.css")]
    public async Task Is_signed_in_as_recorded(string id)
    {
        await using RunningServer server = await RunningServer.StartWithAsync([], "http", Stop);
        JsonElement exchange = File.ReadLines(Vectors.Path("recorded", "jmx", "default", "exchanges.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).Single(each => each.GetProperty("id").GetString() == id);
        JsonElement recorded = exchange.GetProperty("response");
        RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, "OPTIONS", exchange.GetProperty("request").GetProperty("target").GetString()!, [], [], Stop);
        Assert.Equal(recorded.GetProperty("status").GetInt32(), reply.Status);
        Assert.Equal(recorded.GetProperty("headers").EnumerateArray().Single(static header => header[0].GetString() == "Allow")[1].GetString(), reply.Header("Allow"));
    }

    // SOURCE: recorded/shell/kms.jsonl, kms://http@localhost:{port}/nosuch: the client gets as far as asking, and tells the status and the URL.
    [Fact]
    public async Task Learns_from_its_request_that_nothing_is_there()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([], "http", Stop);
        RawHttp.Reply first = await RawHttp.SendAsync(server.Url, "OPTIONS", "/nosuch/v1/keys/names?user.name=alice", [], [], Stop);
        Assert.Equal(200, first.Status);
        Assert.StartsWith("hadoop.auth=\"u=alice&", first.Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "GET", "/nosuch/v1/keys/names?user.name=alice", [], [], Stop)).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/nosuch/v1/keys/names", [], [], Stop)).Status);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/kms/v1/nosuch?user.name=alice", [], [], Stop)).Status);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/kms?user.name=alice", [], [], Stop)).Status);
    }
}
