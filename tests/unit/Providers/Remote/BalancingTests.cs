using System.Net;
using System.Net.Sockets;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>The rules of Hadoop's TestLoadBalancingKMSClientProvider: as a table without a network, then over sockets.</summary>
public sealed class BalancingTests
{
    private const string Told = "{\"RemoteException\":{\"message\":\"told so\",\"exception\":\"IOException\",\"javaClassName\":\"java.io.IOException\"}}";
    private const string Denied = "{\"RemoteException\":{\"message\":\"User:x not allowed\",\"exception\":\"AuthorizationException\",\"javaClassName\":\"org.apache.hadoop.security.authorize.AuthorizationException\"}}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3, 10, FailureClass.Uncertain, false, true, new[] { 1, 1, 1 })] // Non-idempotent, stock rule: each exactly once.
    [InlineData(3, 10, FailureClass.Uncertain, false, false, new[] { 1, 0, 0 })] // Ours: what may have happened is not repeated.
    [InlineData(2, 10, FailureClass.Uncertain, true, false, new[] { 6, 5 })]
    [InlineData(2, 2, FailureClass.Uncertain, true, false, new[] { 2, 1 })] // The default for two.
    [InlineData(1, 1, FailureClass.Uncertain, true, false, new[] { 2 })]
    [InlineData(4, 0, FailureClass.NotSent, false, false, new[] { 1, 1, 1, 1 })] // Each is tried once whatever the limit says.
    [InlineData(3, 10, FailureClass.Final, true, true, new[] { 1, 0, 0 })] // Access control, runtime errors.
    public void Servers_are_hit_as_often_as_the_rules_say(int servers, int maxRetries, FailureClass failure, bool isIdempotent, bool resendsEverything, int[] hits)
    {
        RetryRules rules = new(servers, maxRetries, TimeSpan.Zero, TimeSpan.Zero, resendsEverything);
        int[] seen = new int[servers];
        int attempt = 0;
        do
        {
            seen[attempt % servers]++;
        }
        while (rules.PauseAfter(failure, attempt++, isIdempotent, 0.5) is not null);
        Assert.Equal(hits, seen);
    }

    [Fact]
    public void Pauses_come_after_a_whole_round_double_and_are_bounded()
    {
        RetryRules rules = new(2, 100, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), ResendsEverything: false);
        Assert.Equal(TimeSpan.Zero, rules.PauseAfter(FailureClass.NotSent, 0, true, 0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(200), rules.PauseAfter(FailureClass.NotSent, 1, true, 0.5));
        Assert.Equal(TimeSpan.Zero, rules.PauseAfter(FailureClass.NotSent, 2, true, 0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(800), rules.PauseAfter(FailureClass.NotSent, 3, true, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2), rules.PauseAfter(FailureClass.NotSent, 99, true, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(1), rules.PauseAfter(FailureClass.NotSent, 99, true, 0));
        Assert.Equal(TimeSpan.Zero, rules.PauseAfter(FailureClass.Uncertain, 1, true, 0.5));
    }

    [Fact]
    public void Calls_go_round_and_an_unreachable_server_comes_last_for_a_while()
    {
        ManualTime time = new();
        HostPicker picker = new(3, time, TimeSpan.FromSeconds(10), shuffle: false);
        Assert.Equal([0, 1, 2], picker.Next());
        Assert.Equal([1, 2, 0], picker.Next());
        picker.Unreachable(2);
        Assert.Equal([0, 1, 2], picker.Next());
        Assert.Equal([0, 1, 2], picker.Next());
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal([1, 2, 0], picker.Next());
        picker.Unreachable(2);
        picker.Answered(2);
        Assert.Equal([2, 0, 1], picker.Next());
    }

    [Theory]
    [InlineData(500, Told, 2, 1, ErrorKind.ServerError)]
    [InlineData(503, "busy", 2, 1, ErrorKind.ServerUnavailable)]
    [InlineData(403, Denied, 1, 0, ErrorKind.AccessDenied)]
    public async Task Reads_are_repeated_as_recorded(int status, string body, int first, int second, ErrorKind kind)
    {
        await using ScriptedServer one = new(_ => Reply.Json(body, status));
        await using ScriptedServer two = new(_ => Reply.Json(body, status));
        using KmsRestClient client = Client(new RemoteOptions(), one.Port, two.Port);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop));
        Assert.Equal((kind, first, second), (failure.Kind, one.Seen.Count, two.Seen.Count));
    }

    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(true, 1, 1)]
    public async Task A_creation_that_may_have_happened_is_sent_on_only_by_the_stock_rule(bool stockRule, int first, int second)
    {
        await using ScriptedServer one = new(_ => Reply.Closed);
        await using ScriptedServer two = new(_ => Reply.Closed);
        using KmsRestClient client = Client(new RemoteOptions { ResendsEverything = stockRule }, one.Port, two.Port);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop));
        Assert.Equal((ErrorKind.ServerUnavailable, first, second), (failure.Kind, one.Seen.Count, two.Seen.Count));
        Assert.Contains("not known", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_on_a_kept_connection_is_not_repeated_behind_our_back()
    {
        await using ScriptedServer server = new();
        using KmsRestClient client = Client(new RemoteOptions(), server.Port);
        await client.NamesAsync(Stop);
        server.Then(Reply.Closed);
        server.Otherwise = static _ => Reply.Of("HTTP/1.1 200 OK", [], "");
        await Assert.ThrowsAsync<KmsException>(async () => await client.DeleteAsync(KeyName.Parse("k"), Stop));
        Assert.Single(server.Seen, static seen => seen.Method == "DELETE");
    }

    [Fact]
    public async Task Where_one_server_refuses_connections_everything_goes_to_the_other()
    {
        await using ScriptedServer two = new(static request => request.Method == "POST" ? Reply.Json("{\"name\":\"k\",\"versionName\":\"k@0\",\"material\":null}", 201) : Reply.Json("[ \"k\" ]"));
        using KmsRestClient client = Client(new RemoteOptions(), FreePort(), two.Port);
        Assert.Single(await client.NamesAsync(Stop));
        (await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop)).Dispose();
        Assert.Single(await client.NamesAsync(Stop));
        Assert.Equal(3, two.Seen.Count);
    }

    [Fact]
    public async Task Where_nobody_answers_the_error_names_every_server_and_its_reason()
    {
        int one = FreePort();
        int two = FreePort();
        using KmsRestClient client = Client(new RemoteOptions { SleepBase = TimeSpan.FromMilliseconds(1) }, one, two);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop));
        Assert.Equal(ErrorKind.ServerUnavailable, failure.Kind);
        Assert.True(failure.IsTransient);
        Assert.Contains($"http://127.0.0.1:{one}: Connection refused; http://127.0.0.1:{two}: Connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_roll_the_servers_are_told_to_forget_and_a_deaf_one_is_a_warning()
    {
        static Reply Roll(SeenRequest request) => request.Path.EndsWith("_invalidatecache", StringComparison.Ordinal)
            ? Reply.Of("HTTP/1.1 200 OK", ["Content-Type: text/plain;charset=utf-8"], "")
            : Reply.Json("{\"name\":\"k\",\"versionName\":\"k@1\",\"material\":null}");
        await using ScriptedServer one = new(Roll);
        List<string> warnings = [];
        int nobody = FreePort();
        using KmsRestClient client = Client(new RemoteOptions { Warn = warnings.Add }, one.Port, nobody);
        using KeyVersion rolled = await client.RollAsync(KeyName.Parse("k"), null, Stop);
        Assert.Equal("k@1", rolled.Name.Value);
        Assert.Equal(["/kms/v1/key/k", "/kms/v1/key/k/_invalidatecache"], one.Seen.Select(static seen => seen.Path));
        Assert.Contains($"http://127.0.0.1:{nobody}: Connection refused", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_server_gets_its_own_sign_in_and_its_own_cookie()
    {
        await using ScriptedServer one = new(_ => Reply.Json("[ ]", 200, "Set-Cookie: hadoop.auth=\"u=alice&s=1\"; HttpOnly"));
        await using ScriptedServer two = new(_ => Reply.Json("[ ]", 200, "Set-Cookie: hadoop.auth=\"u=alice&s=2\"; HttpOnly"));
        using KmsRestClient client = Client(new RemoteOptions { Credential = new SimpleCredential("alice") }, one.Port, two.Port);
        for (int i = 0; i < 4; i++)
        {
            await client.NamesAsync(Stop);
        }

        foreach ((ScriptedServer server, string cookie) in new[] { (one, "hadoop.auth=\"u=alice&s=1\""), (two, "hadoop.auth=\"u=alice&s=2\"") })
        {
            Assert.Equal(["/kms/v1/keys/names?user.name=alice", "/kms/v1/keys/names"], server.Seen.Select(static seen => seen.Target));
            Assert.False(server.Seen[0].Headers.ContainsKey("Cookie"));
            Assert.Equal(cookie, server.Seen[1].Headers["Cookie"]);
        }
    }

    private static KmsRestClient Client(RemoteOptions options, params int[] ports) => new(
        KmsAddress.Parse(ProviderUri.Parse($"kms://http@{string.Join(';', ports.Select(static port => $"127.0.0.1:{port}"))}/kms")),
        options,
        new HostPicker(ports.Length, TimeProvider.System, TimeSpan.FromSeconds(10), shuffle: false));

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _now += by.Ticks;

        public override long GetTimestamp() => _now;
    }
}
