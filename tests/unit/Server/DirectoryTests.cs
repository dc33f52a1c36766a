using System.Diagnostics;
using System.Net;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Identity;

namespace KmsPS.Tests.Server;

/// <summary>A whole server whose groups come from a real directory: what a change there, and its end, mean for a client with a cookie.</summary>
public sealed class DirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _conf = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _conf.Dispose();

    [Fact]
    public async Task Who_leaves_a_group_is_refused_within_the_cache_time_with_the_same_cookie()
    {
        await using Slapd directory = await Slapd.StartAsync(Slapd.Ldif(["alice", "bob"], ("eng", ["alice", "bob"])), Stop);
        await using RunningServer server = await StartAsync(directory, fresh: 3, hard: 60);
        using HttpClient alice = await SignInAsync(server, "alice");
        Assert.Equal(HttpStatusCode.OK, await ListAsync(alice));
        directory.Remove("eng", Slapd.Person("alice"));
        Stopwatch watch = Stopwatch.StartNew();
        for (TimeSpan asked = watch.Elapsed; await ListAsync(alice) == HttpStatusCode.OK; asked = watch.Elapsed)
        {
            // The cache time, and the second that a caller waits for a directory at most.
            Assert.True(asked < TimeSpan.FromSeconds(4), $"still allowed {asked} after it was moved");
            await Task.Delay(50, Stop);
        }

        Assert.Equal(HttpStatusCode.Forbidden, await ListAsync(alice));
        using HttpClient bob = await SignInAsync(server, "bob");
        Assert.Equal(HttpStatusCode.OK, await ListAsync(bob));
    }

    [Fact]
    public async Task When_the_directory_stops_groups_stay_in_use_until_their_hard_end_and_then_nobody_is_let_in()
    {
        await using Slapd directory = await Slapd.StartAsync(Slapd.Ldif(["alice"], ("eng", ["alice"])), Stop);
        await using RunningServer server = await StartAsync(directory, fresh: 1, hard: 8);
        using HttpClient alice = await SignInAsync(server, "alice");
        await directory.KillAsync();
        Stopwatch watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(2), Stop);
        Assert.Equal(HttpStatusCode.OK, await ListAsync(alice));
        while (await ListAsync(alice) == HttpStatusCode.OK)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(12), $"still allowed after {watch.Elapsed}");
            await Task.Delay(50, Stop);
        }

        // Not "you may not" but "I cannot say": a client with several servers asks another one.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ListAsync(alice));
        using HttpClient stranger = Client(server);
        using HttpResponseMessage refused = await stranger.GetAsync(new Uri("/kms/v1/keys/names?user.name=bob", UriKind.Relative), Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("2", refused.Headers.RetryAfter?.ToString());
    }

    private static HttpClient Client(RunningServer server) => new(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = server.Url };

    // The first answer brings the cookie; later requests say no name.
    private static async Task<HttpClient> SignInAsync(RunningServer server, string user)
    {
        HttpClient client = Client(server);
        using HttpResponseMessage signedIn = await client.GetAsync(new Uri($"/kms/v1/keys/names?user.name={user}", UriKind.Relative), Stop);
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        return client;
    }

    private static async Task<HttpStatusCode> ListAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri("/kms/v1/keys/names", UriKind.Relative), Stop);
        return answer.StatusCode;
    }

    private async Task<RunningServer> StartAsync(Slapd directory, int fresh, int hard)
    {
        await WriteAsync("core-site.xml", [.. Slapd.Properties($"ldap://127.0.0.1:{directory.Port}"), ("hadoop.security.groups.cache.secs", $"{fresh}"), ("hadoop.security.groups.negative-cache.secs", "1"), ("kmsps.groups.cache.hard.secs", $"{hard}")]);
        await WriteAsync("kms-site.xml", [("hadoop.kms.key.provider.uri", "{provider}"), ("hadoop.kms.authentication.type", "simple")]);
        await WriteAsync(
            "kms-acls.xml",
            [.. ((string[])["CREATE", "DELETE", "ROLLOVER", "GET", "GET_KEYS", "SET_KEY_MATERIAL"]).Select(static each => ($"hadoop.kms.acl.{each}", " eng"))]);
        return await RunningServer.StartAsync(_conf.Path, "http", Stop);
    }

    private Task WriteAsync(string file, IEnumerable<(string Name, string Value)> properties) => File.WriteAllTextAsync(
        _conf.File(file),
        $"<configuration>{string.Concat(properties.Select(static each => $"<property><name>{each.Name}</name><value>{WebUtility.HtmlEncode(each.Value)}</value></property>"))}</configuration>",
        Stop);
}
