using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>Deadlines, cancellation, sign-in, and what must never stand in an error.</summary>
public sealed class RemoteFaultTests
{
    private const string Token = "HgAFYWxpY2UFYWxpY2UAigGiAFM7AYoBoiRfvwEBAhT9MrQd7yFM1twR9o6q5RgWv5O8xQ";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_server_is_given_up_after_the_time_out_and_the_error_says_so()
    {
        await using ScriptedServer server = new(_ => Reply.Silent);
        using KmsRestClient client = Client(server, new RemoteOptions { Timeout = TimeSpan.FromSeconds(0.5), MaxRetries = 0 });
        Stopwatch watch = Stopwatch.StartNew();
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.45, 5);
        Assert.Equal($"http://127.0.0.1:{server.Port}: no answer within 0.5 s", failure.Message);
        Assert.Contains("hadoop.security.kms.client.timeout", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_stops_in_its_middle_is_given_up_too()
    {
        await using ScriptedServer server = new(_ => new Reply("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[\"a\","));
        using KmsRestClient client = Client(server, new RemoteOptions { Timeout = TimeSpan.FromSeconds(0.5), MaxRetries = 0 });
        Assert.Equal(ErrorKind.ServerUnavailable, (await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop))).Kind);
    }

    [Fact]
    public async Task A_host_that_takes_connections_but_never_shakes_hands_counts_as_not_reached_so_a_creation_goes_on()
    {
        using TcpListener mute = new(IPAddress.Loopback, 0);
        mute.Start();
        using KmsRestClient client = new(
            KmsAddress.Parse(ProviderUri.Parse($"kms://https@127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}/kms")), new RemoteOptions { Timeout = TimeSpan.FromSeconds(1), MaxRetries = 1, SleepBase = TimeSpan.Zero });
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop));
        Assert.Contains("no connection within 0.5 s", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not known", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_waiting_call_at_once()
    {
        await using ScriptedServer server = new(_ => Reply.Silent);
        using KmsRestClient client = Client(server, new RemoteOptions());
        using CancellationTokenSource cancel = new();
        Task<IReadOnlyList<KeyName>> waiting = client.NamesAsync(cancel.Token).AsTask();
        while (server.Seen.Count == 0)
        {
            await Task.Delay(5, Stop);
        }

        Stopwatch watch = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 100);
    }

    [Fact]
    public async Task Neither_material_nor_token_nor_cookie_stands_in_an_error()
    {
        byte[] material = Convert.FromHexString("00112233445566778899AABBCCDDEEFF");
        string base64 = Convert.ToBase64String(material);
        string[] secrets = [base64, base64.TrimEnd('='), base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'), "00112233445566778899AABBCCDDEEFF", "s=signature", Token];
        Reply[] replies =
        [
            Reply.Json($"{{\"name\":\"k\",\"versionName\":7,\"material\":\"{base64}\"}}", 201),
            Reply.Json($"{{\"material\":\"{base64}\"", 201),
            Reply.Json($"\"{base64}\"", 201),
            Reply.Of("HTTP/1.1 500 x", ["Content-Type: text/html"], $"<html>{base64}</html>"),
            Reply.Of("HTTP/1.1 302 Found", [$"Location: http://127.0.0.1:1/?token={Token}", "Set-Cookie: hadoop.auth=\"s=signature\""], ""),
            Reply.Closed,
        ];
        foreach (Reply reply in replies)
        {
            await using ScriptedServer server = new(_ => reply);
            using KmsRestClient client = Client(server, new RemoteOptions { Credential = new TokenCredential(Token) });
            using SecretBytes given = SecretBytes.CopyOf(material);
            KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => await client.CreateAsync(NewKey.Default(KeyName.Parse("k")) with { Material = given }, Stop));
            KmsException renewal = await Assert.ThrowsAsync<KmsException>(async () => await client.Tokens.RenewAsync(Token, Stop));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, failure + failure.Remedy + renewal + renewal.Remedy, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using ScriptedServer elsewhere = new();
        await using ScriptedServer server = new(_ => Reply.Of("HTTP/1.1 307 Temporary Redirect", [$"Location: http://127.0.0.1:{elsewhere.Port}/kms/v1/keys/names"], ""));
        using KmsRestClient client = Client(server, new RemoteOptions());
        Assert.Contains("Redirects are not followed", (await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop))).Remedy, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Seen);
    }

    [Fact]
    public async Task An_answer_over_the_limit_is_not_read_to_its_end()
    {
        await using ScriptedServer server = new(_ => Reply.Json($"[ \"{new string('a', 8000)}\" ]"));
        using KmsRestClient client = Client(server, new RemoteOptions { ResponseLimit = 4096 });
        Assert.Equal(ErrorKind.LimitExceeded, (await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop))).Kind);
        Assert.Single(server.Seen);
    }

    [Theory]
    [InlineData("HTTP/1.1 401 AuthenticationToken expired", "")]
    [InlineData("HTTP/1.1 403 org.apache.hadoop.security.authentication.util.SignerException: Invalid signature", "")]
    [InlineData("HTTP/1.1 403 Anonymous requests are disallowed", "")]
    [InlineData("HTTP/1.1 403 ", "<html><title>Error 403 Anonymous requests are disallowed</title></html>")] // HTTP/2 has no reason phrase.
    public async Task A_refused_cookie_is_thrown_away_and_the_request_repeated_with_credentials_once(string status, string page)
    {
        await using ScriptedServer server = new ScriptedServer().Then(
            Reply.Json("[ ]", 200, "Set-Cookie: hadoop.auth=\"old\"; HttpOnly"), Reply.Of(status, ["Content-Type: text/html", "Set-Cookie: hadoop.auth=; HttpOnly"], page), Reply.Json("{\"name\":\"k\",\"versionName\":\"k@0\",\"material\":null}", 201, "Set-Cookie: hadoop.auth=\"new\""));
        using KmsRestClient client = Client(server, new RemoteOptions { Credential = new SimpleCredential("alice"), DoAs = "bob" });
        await client.NamesAsync(Stop);
        (await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop)).Dispose();
        await client.NamesAsync(Stop);
        Assert.Equal(
            ["/kms/v1/keys/names?doAs=bob&user.name=alice ", "/kms/v1/keys?doAs=bob hadoop.auth=\"old\"", "/kms/v1/keys?doAs=bob&user.name=alice ", "/kms/v1/keys/names?doAs=bob hadoop.auth=\"new\""],
            server.Seen.Select(static seen => $"{seen.Target} {seen.Headers.GetValueOrDefault("Cookie")}"));
    }

    [Fact]
    public async Task Without_a_second_try_a_refused_cookie_is_the_callers_failure_and_says_401()
    {
        await using ScriptedServer server = new ScriptedServer().Then(
            Reply.Json("[ ]", 200, "Set-Cookie: hadoop.auth=\"old\"; HttpOnly"), Reply.Of("HTTP/1.1 401 AuthenticationToken expired", ["Content-Type: text/html"], ""));
        using KmsRestClient client = Client(server, new RemoteOptions { Credential = new SimpleCredential("alice"), AuthenticationRetries = 0, MaxRetries = 0 });
        await client.NamesAsync(Stop);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => (await client.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop)).Dispose());
        Assert.Equal(ErrorKind.AuthenticationFailed, refused.Kind);
        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Seen.Count);
    }

    [Fact]
    public async Task A_token_travels_as_a_header_and_a_refused_one_is_not_tried_again()
    {
        await using ScriptedServer server = new(_ => Reply.Of("HTTP/1.1 401 x", [], ""));
        using KmsRestClient client = Client(server, new RemoteOptions { Credential = new TokenCredential(Token), MaxRetries = 0 });
        Assert.Equal(ErrorKind.AuthenticationFailed, (await Assert.ThrowsAsync<KmsException>(async () => await client.NamesAsync(Stop))).Kind);
        SeenRequest seen = Assert.Single(server.Seen);
        Assert.Equal(("/kms/v1/keys/names", Token), (seen.Target, seen.Headers[TokenCredential.Header]));
    }

    [Fact]
    public async Task Tokens_are_got_and_renewed_with_credentials_and_cancelled_with_none()
    {
        await using ScriptedServer server = new ScriptedServer().Then(
            Reply.Json("{\"Token\":{\"urlString\":\"abc\"}}", 200, "Set-Cookie: hadoop.auth=\"c\""), Reply.Json("{\"long\":1795388185535}"), Reply.Of("HTTP/1.1 200 OK", [], ""));
        using KmsRestClient client = Client(server, new RemoteOptions { Credential = new SimpleCredential("alice") });
        Assert.Equal("abc", await client.Tokens.GetAsync("yarn/rm@EXAMPLE.COM", Stop));
        Assert.Equal(1795388185535, (await client.Tokens.RenewAsync("abc", Stop)).ToUnixTimeMilliseconds());
        await client.Tokens.CancelAsync("abc", Stop);
        Assert.Equal(
            ["GET /kms/v1/?op=GETDELEGATIONTOKEN&renewer=yarn%2Frm%40EXAMPLE.COM&user.name=alice", "PUT /kms/v1/?op=RENEWDELEGATIONTOKEN&token=abc&user.name=alice", "PUT /kms/v1/?op=CANCELDELEGATIONTOKEN&token=abc"],
            server.Seen.Select(static seen => $"{seen.Method} {seen.Target}"));
        Assert.All(server.Seen, static seen => Assert.False(seen.Headers.ContainsKey("Cookie")));
    }

    [Fact]
    public async Task A_token_that_a_server_renews_beyond_every_date_ends_at_the_last_one()
    {
        await using ScriptedServer server = new ScriptedServer().Then(Reply.Json("{\"long\":9223372036854775807}"));
        using KmsRestClient client = Client(server, new RemoteOptions { Credential = new SimpleCredential("alice") });
        Assert.Equal(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), (await client.Tokens.RenewAsync("abc", Stop)).ToUnixTimeMilliseconds());
    }

    private static KmsRestClient Client(ScriptedServer server, RemoteOptions options) => new(KmsAddress.Parse(ProviderUri.Parse(server.Uri)), options with { SleepBase = TimeSpan.Zero });
}
