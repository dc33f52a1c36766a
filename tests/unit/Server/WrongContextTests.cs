using System.Text.Json;

namespace KmsPS.Tests.Server;

/// <summary>A client whose URL names another place than <c>/kms</c>.</summary>
public sealed class WrongContextTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OPTIONS /")]
    [InlineData("OPTIONS /static/hadoop.css")]
    [InlineData("/nosuch")]
    [InlineData("/nosuch without user")]
    [InlineData("404 as JSON")]
    public async Task Is_answered_as_recorded(string id)
    {
        await using RunningServer server = await RunningServer.StartWithAsync([], "http", Stop);
        JsonElement exchange = File.ReadLines(Vectors.Path("recorded", "jmx", "default", "exchanges.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).Single(each => each.GetProperty("id").GetString() == id);
        JsonElement recorded = exchange.GetProperty("response");
        JsonElement request = exchange.GetProperty("request");
        (string, string)[] sent = [.. request.GetProperty("headers").EnumerateArray().Select(static header => (header[0].GetString()!, header[1].GetString()!))];
        RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, request.GetProperty("method").GetString()!, request.GetProperty("target").GetString()!, sent, [], Stop);
        Assert.Equal((recorded.GetProperty("status").GetInt32(), recorded.GetProperty("reason").GetString()), (reply.Status, reply.Reason));
        string[] told = reply.Status < 400 ? ["Allow"] : ["Cache-Control", "Content-Type"];
        foreach (string name in told)
        {
            Assert.Equal(Header(recorded, name), reply.Header(name));
        }
    }

    // SOURCE: recorded/shell/kms.jsonl, kms://http@localhost:{port}/nosuch: the client gets as far as asking, and tells the status and the URL.
    [Fact]
    public async Task Learns_from_its_request_that_nothing_is_there()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([], "http", Stop);
        RawHttp.Reply first = await RawHttp.SendAsync(server.Url, "OPTIONS", "/nosuch/v1/keys/names?user.name=alice", [], [], Stop);
        Assert.Equal(200, first.Status);
        Assert.StartsWith("hadoop.auth=\"u=alice&", first.Header("Set-Cookie"), StringComparison.Ordinal);
        RawHttp.Reply second = await RawHttp.SendAsync(server.Url, "GET", "/nosuch/v1/keys/names?user.name=alice", [], [], Stop);
        Assert.Equal((404, "Not Found"), (second.Status, second.Reason));
        Assert.StartsWith("<html>", second.Body, StringComparison.Ordinal);
        Assert.Equal(401, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/nosuch/v1/keys/names", [], [], Stop)).Status);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/kms/v1/nosuch?user.name=alice", [], [], Stop)).Status);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "OPTIONS", "/kms?user.name=alice", [], [], Stop)).Status);
    }

    private static string? Header(JsonElement recorded, string name) =>
        recorded.GetProperty("headers").EnumerateArray().Where(header => header[0].GetString() == name).Select(static header => header[1].GetString()).LastOrDefault();
}
