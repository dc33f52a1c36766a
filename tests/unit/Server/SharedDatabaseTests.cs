using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers;

namespace KmsPS.Tests.Server;

/// <summary>Two servers with nothing in common but a PostgreSQL database and copies of one store key.</summary>
public sealed class SharedDatabaseTests(PostgresServer database) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_cookie_a_token_and_a_roll_of_one_are_honoured_by_the_other()
    {
        string uri = await database.CreateDatabaseAsync();
        await using RunningServer a = await StartAsync(uri, "a.key");
        File.Copy(_directory.File("a.key"), _directory.File("b.key"));
        await using RunningServer b = await StartAsync(uri, "b.key");
        using HttpClient client = new(new HttpClientHandler { UseCookies = false });
        string cookie = await SignInAsync(client, a);
        Assert.Equal("k", (await SendAsync(client, HttpMethod.Post, a, "keys", cookie, new { name = "k" })).GetProperty("versionName").GetString()!.Split('@')[0]);
        Assert.Equal("k@0", await VersionInUseAsync(client, b, cookie));
        Assert.Equal("k@1", (await SendAsync(client, HttpMethod.Post, a, "key/k", cookie, new { })).GetProperty("versionName").GetString());
        await Task.Delay(250, Stop);
        Assert.Equal("k@1", await VersionInUseAsync(client, b, cookie));

        JsonElement token = (await SendAsync(client, HttpMethod.Get, a, "?op=GETDELEGATIONTOKEN&renewer=somebody", cookie, null)).GetProperty("Token");
        JsonElement names = await SendAsync(client, HttpMethod.Get, b, $"keys/names?delegation={token.GetProperty("urlString").GetString()}", null, null);
        Assert.Equal("k", names[0].GetString());

        string other = await SignInAsync(client, b);
        Assert.Equal("k@1", await VersionInUseAsync(client, a, other));
    }

    [Fact]
    public async Task While_the_database_is_away_a_change_is_answered_503_with_Retry_After_and_EEKs_are_still_made()
    {
        string uri = await database.CreateDatabaseAsync();
        await using RunningServer server = await StartAsync(uri, "c.key");
        using HttpClient client = new(new HttpClientHandler { UseCookies = false });
        string cookie = await SignInAsync(client, server);
        await SendAsync(client, HttpMethod.Post, server, "keys", cookie, new { name = "k" });
        Assert.Equal("k@0", await VersionInUseAsync(client, server, cookie));
        await database.StopAsync("immediate");
        try
        {
            using HttpRequestMessage roll = Request(HttpMethod.Post, server, "key/k", cookie, new { });
            using HttpResponseMessage refused = await client.SendAsync(roll, Stop);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
            Assert.Contains("cannot be reached", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
            Assert.Equal("k@0", await VersionInUseAsync(client, server, cookie));

            // One such line for each refused change: with what to do, and without a stack that is always the same.
            string line = Assert.Single((await ReadLogAsync(server)).Split('\n'), static line => line.Contains("was refused for the moment", StringComparison.Ordinal));
            Assert.Contains("Path:/kms/v1/key/k From:127.0.0.1", line, StringComparison.Ordinal);
            Assert.Contains("cannot be reached", line, StringComparison.Ordinal);
            Assert.Contains("what is known of keys is served meanwhile", line, StringComparison.Ordinal);
            Assert.InRange(line.Length, 1, 1000);
        }
        finally
        {
            await database.StartAsync();
        }

        await Task.Delay(500, Stop);
        Assert.Equal("k@1", (await SendAsync(client, HttpMethod.Post, server, "key/k", cookie, new { })).GetProperty("versionName").GetString());
    }

    [Fact]
    public async Task What_was_encrypted_before_a_roll_elsewhere_is_decrypted_while_the_database_is_away()
    {
        string uri = await database.CreateDatabaseAsync();
        await using RunningServer a = await StartAsync(uri, "d.key");
        File.Copy(_directory.File("d.key"), _directory.File("e.key"));
        await using RunningServer b = await StartAsync(uri, "e.key");
        using HttpClient client = new(new HttpClientHandler { UseCookies = false });
        string cookie = await SignInAsync(client, a);
        await SendAsync(client, HttpMethod.Post, a, "keys", cookie, new { name = "k" });
        JsonElement eek = (await SendAsync(client, HttpMethod.Get, b, "key/k/_eek?eek_op=generate&num_keys=1", cookie, null))[0];
        string? dataKey = await DecryptAsync(client, b, cookie, eek);
        await SendAsync(client, HttpMethod.Post, a, "key/k", cookie, new { });
        await Task.Delay(400, Stop);
        await database.StopAsync("immediate");
        try
        {
            Assert.Equal(dataKey, await DecryptAsync(client, b, cookie, eek));
        }
        finally
        {
            await database.StartAsync();
        }
    }

    private async Task<RunningServer> StartAsync(string uri, string keyFile)
    {
        DirectoryInfo configuration = Directory.CreateDirectory(_directory.File("conf-" + keyFile));
        (string Name, string Value)[] properties = [("hadoop.kms.key.provider.uri", uri), ("kmsps.store.key.file", _directory.File(keyFile)), ("hadoop.kms.authentication.type", "simple")];
        XElement site = new("configuration", properties.Select(static each => new XElement("property", new XElement("name", each.Name), new XElement("value", each.Value))));
        await File.WriteAllTextAsync(Path.Combine(configuration.FullName, "kms-site.xml"), site.ToString(), Stop);
        return await RunningServer.StartAsync(configuration.FullName, "http", Stop);
    }

    private static async Task<string> SignInAsync(HttpClient client, RunningServer server)
    {
        using HttpRequestMessage names = new(HttpMethod.Get, new Uri(server.Url, $"/kms/v1/keys/names?user.name={Environment.UserName}"));
        using HttpResponseMessage answer = await client.SendAsync(names, Stop);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task<string?> VersionInUseAsync(HttpClient client, RunningServer server, string cookie) =>
        (await SendAsync(client, HttpMethod.Get, server, "key/k/_eek?eek_op=generate&num_keys=1", cookie, null))[0].GetProperty("versionName").GetString();

    private static async Task<string> ReadLogAsync(RunningServer server)
    {
        await using FileStream log = new(Path.Combine(server.DataDirectory, "logs", "kms-server-test.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader text = new(log);
        return await text.ReadToEndAsync(Stop);
    }

    private static async Task<string?> DecryptAsync(HttpClient client, RunningServer server, string cookie, JsonElement eek) =>
        (await SendAsync(client, HttpMethod.Post, server, $"keyversion/{eek.GetProperty("versionName").GetString()}/_eek?eek_op=decrypt", cookie, new { name = "k", iv = eek.GetProperty("iv").GetString(), material = eek.GetProperty("encryptedKeyVersion").GetProperty("material").GetString() }))
        .GetProperty("material").GetString();

    private static async Task<JsonElement> SendAsync(HttpClient client, HttpMethod method, RunningServer server, string path, string? cookie, object? body)
    {
        using HttpRequestMessage request = Request(method, server, path, cookie, body);
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        string text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static HttpRequestMessage Request(HttpMethod method, RunningServer server, string path, string? cookie, object? body)
    {
        HttpRequestMessage request = new(method, new Uri(server.Url, $"/kms/v1/{path}"));
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        return request;
    }
}
