using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Text.Json;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server.Replay;

/// <summary>Corners of the wire that no recorded scenario reaches: which of two faults is told, and what has no name of its own.</summary>
public sealed class WireCornerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // SOURCE: specification §1.5 (2), (4), (14): these lists are asked before the name or the elements are looked at.
    [Theory]
    [InlineData("POST", "key/?user.name=bob", "{}", "User:bob not allowed to do 'ROLL_NEW_VERSION'")]
    [InlineData("DELETE", "key/?user.name=bob", null, "User:bob not allowed to do 'DELETE_KEY'")]
    [InlineData("POST", "key/k1/_reencryptbatch?user.name=bob", "[{\"versionName\":5}]", "User:bob not allowed to do 'REENCRYPT_EEK_BATCH' on 'k1'")]
    [InlineData("POST", "key/k1/_reencryptbatch?user.name=bob", "[null]", "User:bob not allowed to do 'REENCRYPT_EEK_BATCH' on 'k1'")]
    [InlineData("POST", "key/?user.name=alice", "{}", "Parameter 'name' cannot be empty")]
    [InlineData("DELETE", "key/?user.name=alice", null, "Parameter 'name' cannot be empty")]
    [InlineData("POST", "key/k1/_reencryptbatch?user.name=alice", "[{\"versionName\":\"k1@0\",\"iv\":5}]", "'iv'")]
    [InlineData("POST", "key/k1/_reencryptbatch?user.name=alice", "[null]", "Parameter 'valueMap' cannot be null")]
    [InlineData("POST", "key/k1/_reencryptbatch?user.name=bob", "[{", "not valid JSON")]
    [InlineData("GET", "key//_metadata?user.name=bob", null, "Parameter 'name' cannot be empty")]
    public async Task The_first_fault_in_hadoop_s_order_is_told_and_written_down_once(string method, string path, string? body, string message)
    {
        await using ReplayHost host = await StartAsync(AliceOnly());
        (HttpStatusCode status, string text) = await AskAsync(host, method, path, body);
        Assert.Contains(message, Message(text), StringComparison.Ordinal);
        bool isDenied = message.StartsWith("User:", StringComparison.Ordinal);
        Assert.Equal(isDenied ? HttpStatusCode.Forbidden : HttpStatusCode.BadRequest, status);
        Assert.Single(host.Audit.Events, each => each.Outcome == (isDenied ? AuditOutcome.Unauthorized : AuditOutcome.Error));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(0)]
    public async Task A_wrong_iv_is_refused_by_reencrypt_although_the_version_is_current_and_passed_by_the_batch(int length)
    {
        await using ReplayHost host = await StartAsync(FixedAcl.Open);
        string iv = Convert.ToBase64String(new byte[length]);
        (HttpStatusCode status, string text) = await AskAsync(host, "POST", "keyversion/k1@0/_eek?eek_op=reencrypt&user.name=alice", $$"""{"name":"k1","iv":"{{iv}}","material":"AAAA"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("java.security.InvalidAlgorithmParameterException: Wrong IV length: must be 16 bytes long", Message(text));
        (status, _) = await AskAsync(host, "POST", "key/k1/_reencryptbatch?user.name=alice", $$$"""[{"versionName":"k1@0","iv":"{{{iv}}}","encryptedKeyVersion":{"versionName":"EEK","material":"AAAA"}}]""");
        Assert.Equal(HttpStatusCode.OK, status);
    }

    // SOURCE: recorded/auth/no-credentials, options-json and options-xml.
    [Theory]
    [InlineData(null, 200)]
    [InlineData("application/json", 204)]
    [InlineData("application/xml", 200)]
    [InlineData("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", 200)]
    public async Task Options_has_nothing_to_say_to_who_accepts_no_wadl(string? accept, int status)
    {
        await using ReplayHost host = await StartAsync(FixedAcl.Open);
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Options, $"http://127.0.0.1:{host.Url.Port}/kms/v1/?user.name=alice");
        Assert.True(accept is null || request.Headers.TryAddWithoutValidation("Accept", accept));
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(["OPTIONS"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_any_key_is_an_unknown_one_and_cannot_be_made()
    {
        await using ReplayHost host = await StartAsync(FixedAcl.Open);
        string name = new('n', 256);
        Assert.Equal((HttpStatusCode.OK, "{ }"), await AskAsync(host, "GET", $"key/{name}?user.name=alice", null));
        Assert.Equal((HttpStatusCode.OK, "{ }"), await AskAsync(host, "GET", $"key/{name}/_currentversion?user.name=alice", null));
        Assert.Equal((HttpStatusCode.OK, "[ ]"), await AskAsync(host, "GET", $"key/{name}/_versions?user.name=alice", null));
        Assert.Equal((HttpStatusCode.OK, "[ { } ]"), await AskAsync(host, "GET", $"keys/metadata?key={name}&user.name=alice", null));
        (HttpStatusCode status, string text) = await AskAsync(host, "POST", $"key/{name}?user.name=alice", "{}");
        Assert.Equal((HttpStatusCode.InternalServerError, $"Can't find Metadata for key {name}"), (status, Message(text)));
        (status, text) = await AskAsync(host, "POST", "keys?user.name=alice", $$"""{"name":"{{name}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("longer than 255 bytes", Message(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_data_keys_has_a_limit_of_four_mebibytes()
    {
        await using ReplayHost host = await StartAsync(FixedAcl.Open);
        string name = new('n', 255);
        await AskAsync(host, "POST", "keys?user.name=alice", $$"""{"name":"{{name}}","length":256}""");
        (HttpStatusCode status, string text) = await AskAsync(host, "GET", $"key/{name}/_eek?eek_op=generate&num_keys=10000&user.name=alice", null);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        int most = int.Parse(System.Text.RegularExpressions.Regex.Match(Message(text)!, "at most ([0-9]+) data keys").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(most, 1000, 9999);
        (status, text) = await AskAsync(host, "GET", $"key/{name}/_eek?eek_op=generate&num_keys={most}&user.name=alice", null);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.InRange(text.Length, 3 * 1024 * 1024, 4 * 1024 * 1024);
        (status, text) = await AskAsync(host, "GET", "key/k1/_eek?eek_op=generate&num_keys=10000&user.name=alice", null);
        Assert.Equal((HttpStatusCode.OK, 10_000), (status, JsonDocument.Parse(text).RootElement.GetArrayLength()));
    }

    // SOURCE: recorded/http/routes-key-acls-open/audit.log.
    [Theory]
    [InlineData("GET", "bogus?user.name=alice", "null for uri: http://127.0.0.1:{port}/kms/v1/bogus?user.name=alice")]
    [InlineData("GET", "bogus?user.name=alice&delegation=SECRET", "null for uri: http://127.0.0.1:{port}/kms/v1/bogus")]
    [InlineData("GET", "bogus?user.name=alice&d%65legation=SECRET", "null for uri: http://127.0.0.1:{port}/kms/v1/bogus")]
    [InlineData("GET", "bogus?user.name=alice&x=%20", "null for uri: http://127.0.0.1:{port}/kms/v1/bogus?user.name=alice&x=%20")]
    [InlineData("PUT", "keys/names?user.name=alice", null)]
    [InlineData("POST", "keys?user.name=alice", null)]
    public async Task What_is_not_served_leaves_a_stock_server_s_line_without_secrets(string method, string path, string? message)
    {
        await using ReplayHost host = await StartAsync(FixedAcl.Open);
        using HttpClient client = new();
        using HttpRequestMessage request = new(new HttpMethod(method), $"http://127.0.0.1:{host.Url.Port}/kms/v1/{path}") { Content = method == "POST" ? new StringContent("x", Encoding.UTF8, "text/plain") : null };
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        AuditEvent written = Assert.Single(host.Audit.Events, static each => each.Outcome == AuditOutcome.Error);
        Assert.Equal(message?.Replace("{port}", $"{host.Url.Port}", StringComparison.Ordinal), written.Message);
        Assert.EndsWith($"ERROR[user=alice] Method:'{method}' Exception:'{written.Message ?? "null"}'", HadoopAuditFormat.Message(written), StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    private static FixedAcl AliceOnly() => new(new AclSnapshot
    {
        Operations = Enum.GetValues<AclOperation>().ToFrozenDictionary(static each => each, static each => new AclRule("alice", "alice", AccessList.Parse("alice"), "test", 0)),
        Blacklists = AclSnapshot.Empty.Blacklists,
        Keys = AclSnapshot.Empty.Keys,
        Defaults = FixedAcl.Open.Current.Defaults,
        Whitelist = FixedAcl.Open.Current.Whitelist,
    });

    private static async Task<ReplayHost> StartAsync(IAclSource acls)
    {
        ReplayHost host = await ReplayHost.StartAsync(new MemoryKeyProvider(), acls);
        (HttpStatusCode made, _) = await AskAsync(host, "POST", "keys?user.name=alice", """{"name":"k1"}""");
        Assert.Equal(HttpStatusCode.Created, made);
        return host;
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(ReplayHost host, string method, string path, string? json)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(new HttpMethod(method), $"http://127.0.0.1:{host.Url.Port}/kms/v1/{path}") { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static string? Message(string envelope) => JsonDocument.Parse(envelope).RootElement.GetProperty("RemoteException").GetProperty("message").GetString();
}
