using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Server;

/// <summary>
/// Forged, truncated, ended and replayed cookies and tokens: each is refused as recorded, leaves one line in each audit log, and none of
/// it is shown anywhere. What a real server answered to each is compared by <see cref="RecordedSignInTests"/>; Kerberos' share is in
/// <c>KerberosTests</c>.
/// </summary>
public sealed partial class BadCredentialTests
{
    private const string Names = "/kms/v1/keys/names";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_leaves_one_line_and_nothing_of_itself()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("hadoop.kms.authentication.token.validity", "2")], "http", Stop);
        string cookie = Quoted().Match((await GetAsync(server, Names + "?user.name=alice")).Header("Set-Cookie")!).Groups[1].Value;
        string token = await TokenAsync(server);
        string cancelled = await TokenAsync(server);
        Assert.Equal(200, (await RawHttp.SendAsync(server.Url, "PUT", $"/kms/v1/?op=CANCELDELEGATIONTOKEN&token={cancelled}", [], [], Stop)).Status);
        string forged = Flip(token, token.Length / 2);
        await Task.Delay(TimeSpan.FromSeconds(2.5), Stop);
        List<string> before = await LinesAsync(server);

        await RefuseAsync(401, "Invalid signature", GetAsync(server, Names, ("Cookie", $"hadoop.auth=\"{Flip(cookie, 3)}\"")));
        await RefuseAsync(401, "Invalid signed text", GetAsync(server, Names, ("Cookie", $"hadoop.auth=\"{cookie[..20]}\"")));
        await RefuseAsync(401, "AuthenticationToken expired", GetAsync(server, Names, ("Cookie", $"hadoop.auth=\"{cookie}\"")));
        await RefuseAsync(403, "Forbidden", GetAsync(server, Names, ("X-Hadoop-Delegation-Token", forged)));
        await RefuseAsync(403, "Forbidden", GetAsync(server, Names, ("X-Hadoop-Delegation-Token", token[..30])));
        await RefuseAsync(403, "Forbidden", GetAsync(server, Names, ("X-Hadoop-Delegation-Token", "")));
        await RefuseAsync(403, "Forbidden", GetAsync(server, $"{Names}?delegation={cancelled}"));
        await RefuseAsync(403, "Forbidden", GetAsync(server, $"{Names}?x=1;delegation={forged}"));
        await RefuseAsync(403, "", RawHttp.SendAsync(server.Url, "PUT", $"/kms/v1/?op=RENEWDELEGATIONTOKEN&user.name=renewer&token={forged}", [], [], Stop));
        await RefuseAsync(404, "Invalid delegation token, cannot cancel", RawHttp.SendAsync(server.Url, "PUT", $"/kms/v1/?op=CANCELDELEGATIONTOKEN&token={cancelled}", [], [], Stop));

        List<string> lines = [.. (await LinesAsync(server)).Skip(before.Count)];
        Assert.Equal(10, lines.Count);
        Assert.All(lines, static line => Assert.Equal("UNAUTHENTICATED", JsonDocument.Parse(line).RootElement.GetProperty("outcome").GetString()));
        string logs = Path.Combine(server.DataDirectory, "logs");
        Assert.Equal(10, (await File.ReadAllLinesAsync(Path.Combine(logs, "kms-audit-test.log"), Stop)).Count(static line => line.Contains("UNAUTHENTICATED", StringComparison.Ordinal)));
        foreach (string log in Directory.GetFiles(logs).Where(static log => !log.EndsWith(".lock", StringComparison.Ordinal)))
        {
            string text = await File.ReadAllTextAsync(log, Stop);
            Assert.All([token[^20..], cancelled[^20..], forged[^20..], cookie[^20..]], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
    }

    private static async Task RefuseAsync(int status, string reason, Task<RawHttp.Reply> asked)
    {
        RawHttp.Reply reply = await asked;
        Assert.Equal(status, reply.Status);
        Assert.Contains(reason, reply.Reason, StringComparison.Ordinal);
    }

    private static Task<RawHttp.Reply> GetAsync(RunningServer server, string target, params (string, string)[] headers) => RawHttp.SendAsync(server.Url, "GET", target, headers, [], Stop);

    private static async Task<string> TokenAsync(RunningServer server)
    {
        RawHttp.Reply reply = await GetAsync(server, "/kms/v1/?op=GETDELEGATIONTOKEN&renewer=renewer&user.name=alice");
        return JsonDocument.Parse(reply.Body).RootElement.GetProperty("Token").GetProperty("urlString").GetString()!;
    }

    private static async Task<List<string>> LinesAsync(RunningServer server) => [.. await File.ReadAllLinesAsync(Path.Combine(server.DataDirectory, "logs", "audit-test.jsonl"), Stop)];

    private static string Flip(string text, int at) => text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
