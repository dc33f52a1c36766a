using System.Text.Json;
using KmsPS.Server;
using Microsoft.Extensions.Primitives;

namespace KmsPS.Tests.Server;

/// <summary>What other logs call a request stands in ours, too.</summary>
public sealed class TraceParentTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Trace)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later", Trace)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", null)]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c b7ad6b7169203331-01", null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c", null)]
    [InlineData("", null)]
    public void The_trace_is_read_where_it_is_well_formed(string header, string? expected) => Assert.Equal(expected, TraceParent.Read(header));

    [Fact]
    public void Two_headers_are_none() => Assert.Null(TraceParent.Read(new StringValues([$"00-{Trace}-b7ad6b7169203331-01", $"00-{Trace}-b7ad6b7169203331-01"])));

    [Fact]
    public async Task It_stands_in_the_audit_line_of_the_request_and_in_no_other()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "http", Stop);
        await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/keys/names?user.name=alice", [("traceparent", $"00-{Trace}-b7ad6b7169203331-01")], [], Stop);
        await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/keys/names?user.name=alice", [], [], Stop);
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(server.DataDirectory, "logs", "audit-test.jsonl"), Stop);
        IEnumerable<string?> traces = lines.Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static line => line.TryGetProperty("operation", out JsonElement operation) && operation.GetString() == "GET_KEYS")
            .Select(static line => line.TryGetProperty("trace", out JsonElement trace) ? trace.GetString() : null);
        Assert.Equal(new List<string?> { Trace, null }, traces);
    }
}
