using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;
using KmsPS.Server.Limits;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>What one server takes on, and how much of it from one caller: a whole server on a loopback port each.</summary>
public sealed class LimitTests
{
    private const string Names = "/kms/v1/keys/names";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_too_many_is_told_to_come_back_and_probes_are_answered_all_the_same()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("hadoop.http.max.threads", "1")], "http", Stop);
        using TcpClient slow = await BeginAsync(server, "POST /kms/v1/keys?user.name=alice HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{");
        RawHttp.Reply reply = await UntilAsync(server, static reply => reply.Status == 503);
        Assert.Equal("2", reply.Header("Retry-After"));
        Assert.Equal("IOException", Exception(reply));
        Assert.Contains("too many requests in work", reply.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await RawHttp.SendAsync(server.Url, "GET", "/health/live", [], [], Stop)).Status);
        Assert.Equal(200, (await RawHttp.SendAsync(server.Url, "GET", "/health/ready", [], [], Stop)).Status);

        await slow.GetStream().WriteAsync("\"name\":\"a\"}"u8.ToArray(), Stop);
        await UntilAsync(server, static reply => reply.Status == 200);
        Assert.Contains("kms_door_refusals_total{limit=\"requests\"}", await MetricsAsync(server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kmsps.http.max.connections")]
    [InlineData("kmsps.http.max.connections.per.address")]
    public async Task A_connection_too_many_is_told_to_come_back_and_far_too_many_are_closed(string limit)
    {
        await using RunningServer server = await RunningServer.StartWithAsync([(limit, "2")], "http", Stop);
        TcpClient[] idle = [await BeginAsync(server, ""), await BeginAsync(server, "")];
        await UntilAsync(server, static reply => reply.Status == 503);
        RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, "GET", Names, [("Connection", "keep-alive")], [], Stop);
        Assert.Equal((503, "close", "2"), (reply.Status, reply.Header("Connection"), reply.Header("Retry-After")));

        // Of these the last ones are too many even to be told so; which ones come last is up to the threads.
        List<TcpClient> flood = [];
        bool isClosed = false;
        for (int i = 0; i < 70 && !isClosed; i++)
        {
            try
            {
                flood.Add(await BeginAsync(server, ""));
            }
            catch (Exception closed) when (closed is SocketException or IOException)
            {
                isClosed = true;
            }
        }

        Task<int>[] reads = [.. flood.Select(ReadAsync)];
        if (!isClosed)
        {
            await Task.WhenAny(reads).WaitAsync(TimeSpan.FromSeconds(5), Stop);
            Assert.Equal(0, await reads.First(static read => read.IsCompleted));
        }

        foreach (TcpClient each in flood.Concat(idle))
        {
            each.Dispose();
        }

        await UntilAsync(server, static reply => reply.Status == 200);
        Assert.Contains("kms_door_refusals_total{limit=\"connections\"}", await MetricsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_asks_too_often_waits_and_nobody_else_does()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("kmsps.rate.limit.per.second", "1"), ("kmsps.rate.limit.burst", "3")], "http", Stop);
        string cookie = (await NamesAsync(server, "alice")).Header("Set-Cookie")!.Split(';')[0];
        Assert.Equal(200, (await WithAsync(server, "Cookie", cookie)).Status);
        Assert.Equal(200, (await WithAsync(server, "Cookie", cookie)).Status);
        RawHttp.Reply reply = await WithAsync(server, "Cookie", cookie);
        Assert.Equal((429, "Too Many Requests", "1"), (reply.Status, reply.Reason, reply.Header("Retry-After")));
        Assert.Equal("IOException", Exception(reply));
        Assert.Equal(200, (await NamesAsync(server, "bob")).Status);
        Assert.Equal(429, (await NamesAsync(server, "alice")).Status);
        await Task.Delay(1100, Stop);
        Assert.Equal(200, (await WithAsync(server, "Cookie", cookie)).Status);
        Assert.Contains("kms_door_refusals_total{limit=\"rate\"} 2\n", await MetricsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_sign_ins_slow_the_next_ones_of_their_address_and_no_good_cookie_or_token()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("kmsps.signin.failures.burst", "4"), ("kmsps.signin.failures.per.minute", "1")], "http", Stop);
        string cookie = (await NamesAsync(server, "alice")).Header("Set-Cookie")!.Split(';')[0];
        string token = JsonDocument.Parse((await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/?op=GETDELEGATIONTOKEN&renewer=r&user.name=alice", [], [], Stop)).Body).RootElement.GetProperty("Token").GetProperty("urlString").GetString()!;
        string forged = "A" + token[1..];
        for (int i = 0; i < 10; i++)
        {
            // What a refused caller was given by ourselves is no attempt.
            Assert.Equal(401, (await WithAsync(server, "Cookie", "hadoop.auth=")).Status);
        }

        Assert.Equal(401, (await WithAsync(server, "Cookie", "hadoop.auth=\"u=a&p=a&t=simple-dt&e=-1&s=forged\"")).Status);
        Assert.Equal(403, (await WithAsync(server, "X-Hadoop-Delegation-Token", forged)).Status);
        Assert.Equal(404, (await RawHttp.SendAsync(server.Url, "PUT", $"/kms/v1/?op=CANCELDELEGATIONTOKEN&token={forged}", [], [], Stop)).Status);
        Assert.Equal(403, (await RawHttp.SendAsync(server.Url, "GET", $"{Names}?delegation={forged}", [], [], Stop)).Status);

        RawHttp.Reply reply = await WithAsync(server, "Cookie", "hadoop.auth=\"u=a&p=a&t=simple-dt&e=-1&s=forged\"");
        Assert.Equal(429, reply.Status);
        Assert.InRange(int.Parse(reply.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 30, 60);
        Assert.Null(reply.Header("Set-Cookie"));
        Assert.Equal(429, (await WithAsync(server, "X-Hadoop-Delegation-Token", forged)).Status);
        Assert.Equal(200, (await WithAsync(server, "Cookie", cookie)).Status);
        Assert.Equal(200, (await WithAsync(server, "X-Hadoop-Delegation-Token", token)).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(server.Url, "GET", Names, [], [], Stop)).Status);
        Assert.Equal(200, (await NamesAsync(server, "carol")).Status);
        Assert.Contains("kms_door_refusals_total{limit=\"failures\"} 2\n", await MetricsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exempt_address_and_a_refused_proxy_are_never_slowed()
    {
        await using RunningServer exempt = await RunningServer.StartWithAsync(
            [("kmsps.signin.failures.burst", "1"), ("kmsps.signin.failures.per.minute", "1"), ("kmsps.signin.failures.exempt", "10.0.0.0/8, 127.0.0.1")], "http", Stop);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(401, (await WithAsync(exempt, "Cookie", "hadoop.auth=\"u=a&p=a&t=simple-dt&e=-1&s=forged\"")).Status);
        }

        await using RunningServer server = await RunningServer.StartWithAsync([("kmsps.signin.failures.burst", "1"), ("kmsps.signin.failures.per.minute", "1")], "http", Stop);
        string cookie = (await NamesAsync(server, "alice")).Header("Set-Cookie")!.Split(';')[0];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(403, (await RawHttp.SendAsync(server.Url, "GET", Names + "?doAs=bob", [("Cookie", cookie)], [], Stop)).Status);
        }
    }

    [Fact]
    public async Task Heads_and_bodies_that_come_by_drops_are_given_up()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("kmsps.http.header.timeout.ms", "500")], "http", Stop);
        using TcpClient head = await BeginAsync(server, "GET /kms/v1/keys/names HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        using TcpClient body = await BeginAsync(server, "POST /kms/v1/keys?user.name=alice HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
        Stopwatch waited = Stopwatch.StartNew();
        Assert.StartsWith("HTTP/1.1 408", await TextAsync(head), StringComparison.Ordinal);
        Assert.InRange(waited.Elapsed.TotalSeconds, 0, 5);

        // Kestrel asks for 240 bytes a second after five seconds of grace.
        Assert.StartsWith("HTTP/1.1 408", await TextAsync(body), StringComparison.Ordinal);
        Assert.InRange(waited.Elapsed.TotalSeconds, 4, 20);
    }

    [Theory]
    [InlineData("kmsps.rate.limit.per.second", "fast")]
    [InlineData("kmsps.http.max.connections", "0")]
    [InlineData("kmsps.signin.failures.exempt", "10.0.0.0/99")]
    public void A_limit_that_cannot_be_used_stops_the_start_with_its_line(string name, string value)
    {
        using TemporaryDirectory folder = new();
        File.WriteAllText(folder.File("kms-site.xml"), $"<configuration>\n<property><name>{name}</name><value>{value}</value></property>\n</configuration>");
        string conf = Path.GetDirectoryName(folder.File("kms-site.xml"))!;
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => LimitSettings.From(KmsSettings.Load(conf, VariableScope.None), static _ => { }));
        Assert.Equal(2, refused.Line);
        Assert.Contains(name, Failure.Sentence(refused), StringComparison.Ordinal);
    }

    private static Task<RawHttp.Reply> NamesAsync(RunningServer server, string user) => RawHttp.SendAsync(server.Url, "GET", $"{Names}?user.name={user}", [], [], Stop);

    private static Task<RawHttp.Reply> WithAsync(RunningServer server, string header, string value) => RawHttp.SendAsync(server.Url, "GET", Names, [(header, value)], [], Stop);

    private static async Task<string> MetricsAsync(RunningServer server) => (await RawHttp.SendAsync(server.Url, "GET", "/metrics?user.name=watcher", [], [], Stop)).Body;

    private static string Exception(RawHttp.Reply reply) => JsonDocument.Parse(reply.Body).RootElement.GetProperty("RemoteException").GetProperty("exception").GetString()!;

    private static async Task<TcpClient> BeginAsync(RunningServer server, string text)
    {
        TcpClient client = new();
        await client.ConnectAsync(server.Url.Host, server.Url.Port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Stop);
        return client;
    }

    private static async Task<string> TextAsync(TcpClient client)
    {
        using MemoryStream answer = new();
        await client.GetStream().CopyToAsync(answer, Stop);
        return Encoding.ASCII.GetString(answer.ToArray());
    }

    private static async Task<int> ReadAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], Stop);
        }
        catch (IOException)
        {
            // A connection that is reset is as closed as one that is ended.
            return 0;
        }
    }

    // What a server has taken in is seen a moment after it was sent.
    private static async Task<RawHttp.Reply> UntilAsync(RunningServer server, Func<RawHttp.Reply, bool> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            RawHttp.Reply reply = await NamesAsync(server, "alice");
            if (holds(reply))
            {
                return reply;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), $"Still {reply.Status} after ten seconds");
            await Task.Delay(20, Stop);
        }
    }
}
