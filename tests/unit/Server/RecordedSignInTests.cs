using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Server;

/// <summary>What a real server answered to sign-ins, cookies, tokens and proxies, asked again of ours.</summary>
/// <remarks>
/// Where a stock server fails with 500, ours refuses with 4xx (decisions §5). Pages of other servlets are left out, and two exchanges
/// that cannot be asked again (and those with a name that is no header, which brings no cookie to send back): a target with raw bytes, which Kestrel refuses, and a token whose change spans its times.
/// What follows a restart is left out, and with it the folders token-restart and secret-random: there a stock server has forgotten its tokens
/// and its secret, and ours has not (SharedSignInTests, ServerLifeTests). The facts of
/// secret-providers are in RecordedSecretTests, those of start-failures in RecordedStartTests, the requests of the Java client in
/// RecordedJavaClientTests; java-client-kerberos differs from them in the handshake alone, which RecordedKerberosTests has.
/// </remarks>
public sealed partial class RecordedSignInTests
{
    // The last two carry the recorded server's own token, spelled out where others name it: ours never gave it out.
    private static readonly string[] LeftOut = ["query-raw-utf8", "bad-ident-longer", "replay-tab", "replay-del", "replay-nul", "newline-inside", "query-plus"];

    // Whether the scan every four seconds was there before the request is a matter of when the server started.
    private static readonly string[] LeftOutWhereSwept = ["use-not-renewed-at-4", "renew-not-renewed-at-4", "use-2-at-4", "use-after-max"];

    [Theory]
    [InlineData("no-credentials", 60)]
    [InlineData("anonymous-true", 8)]
    [InlineData("anonymous-false", 8)]
    [InlineData("anonymous-odd", 2)]
    [InlineData("anonymous-upper", 2)]
    [InlineData("cookie-issue", 80)]
    [InlineData("cookie-replay", 100)]
    [InlineData("cookie-all", 4)]
    [InlineData("cookie-domain-path", 4)]
    [InlineData("cookie-persistent", 4)]
    [InlineData("cookie-http-prefix", 4)]
    [InlineData("cookie-validity", 8)]
    [InlineData("cookie-inactive", 11)]
    [InlineData("cookie-inactive-persistent", 4)]
    [InlineData("token-expiry", 20)]
    [InlineData("token-expiry-removed", 19)]
    [InlineData("token-renew-over-max", 6)]
    [InlineData("proxy-users", 100)]
    [InlineData("token-get", 70)]
    [InlineData("token-use", 95)]
    [InlineData("token-renew-cancel", 95)]
    public async Task Ours_answers_as_recorded(string scenario, int atLeast)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string folder = Vectors.Path("recorded", "auth", scenario);
        await using RunningServer server = await RunningServer.StartAsync(Path.Combine(folder, "conf"), "http", stop);
        RecordedValues values = new(folder, user => CookieOfAsync(server.Url, user, stop));
        List<string> differences = [];
        int compared = 0;
        Stopwatch clock = Stopwatch.StartNew();
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), stop))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("step", out JsonElement step))
            {
                if (step.GetString()!.Contains("started again", StringComparison.Ordinal))
                {
                    break;
                }

                await WaitAsync(step.GetString()!, clock, stop);
                continue;
            }

            if (!json.RootElement.TryGetProperty("request", out JsonElement request) || IsLeftOut(scenario, json.RootElement, request))
            {
                continue;
            }

            string id = json.RootElement.GetProperty("id").GetString()!;
            RawHttp.Reply reply = await AskAsync(server.Url, request, values, stop);
            compared++;
            foreach (string difference in await CompareAsync(id, json.RootElement.GetProperty("response"), reply, values))
            {
                differences.Add($"{id}: {request.GetProperty("method").GetString()} {request.GetProperty("target").GetString()}: {difference}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join("\n", differences)}");
        Assert.True(compared >= atLeast, $"Only {compared} exchanges were compared");
    }

    // The first token is the first thing that is asked for, right after the start.
    private static async Task WaitAsync(string step, Stopwatch clock, CancellationToken stop)
    {
        Match wait = Waiting().Match(step);
        Assert.True(wait.Success, $"Nobody knows how to do this: {step}");
        TimeSpan time = TimeSpan.FromSeconds(double.Parse(wait.Groups[2].Value, CultureInfo.InvariantCulture));
        TimeSpan left = wait.Groups[1].Success ? time - clock.Elapsed : time;
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, stop);
    }

    private static bool IsLeftOut(string scenario, JsonElement exchange, JsonElement request)
    {
        string id = exchange.GetProperty("id").GetString()!;
        string path = request.GetProperty("target").GetString()!;
        bool isOurs = path.StartsWith("/kms/v1", StringComparison.Ordinal) || path.Contains("op=", StringComparison.Ordinal);
        return !isOurs || path.StartsWith("/logs", StringComparison.Ordinal) || path.StartsWith("/static", StringComparison.Ordinal) || LeftOut.Contains(id) || (scenario == "token-expiry-removed" && LeftOutWhereSwept.Contains(id));
    }

    private static async Task<RawHttp.Reply> AskAsync(Uri server, JsonElement request, RecordedValues values, CancellationToken stop)
    {
        List<(string, string)> headers = [];
        foreach (JsonElement header in request.GetProperty("headers").EnumerateArray().Where(static each => each[0].GetString() is not ("Host" or "Connection")))
        {
            headers.Add((header[0].GetString()!, await values.FillAsync(header[1].GetString()!)));
        }

        byte[] body = !request.TryGetProperty("body", out JsonElement given) || given.ValueKind == JsonValueKind.Null ? []
            : given.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(given.GetString()!)
            : given.GetProperty("base64").GetBytesFromBase64();
        return await RawHttp.SendAsync(server, request.GetProperty("method").GetString()!, await values.FillAsync(request.GetProperty("target").GetString()!), headers, body, stop);
    }

    private static async Task<string> CookieOfAsync(Uri server, string user, CancellationToken stop)
    {
        RawHttp.Reply reply = await RawHttp.SendAsync(server, "OPTIONS", $"/kms/v1/?user.name={Uri.EscapeDataString(user)}", [], [], stop);
        return RecordedAnswer.Cookie(reply)!;
    }

    private static async Task<List<string>> CompareAsync(string id, JsonElement expected, RawHttp.Reply reply, RecordedValues values)
    {
        List<string> differences = [];
        int status = expected.GetProperty("status").GetInt32();
        if (status == 500)
        {
            // A malformed request is refused, not failed at; whether it brings a cookie is of no use to anybody.
            return reply.Status is >= 400 and < 500 || reply.Body.Contains("already exists", StringComparison.Ordinal) ? [] : [$"500 there, {reply.Status} here"];
        }

        Learn(id, expected, reply, values);
        if (reply.Status != status)
        {
            return [$"{status} there, {reply.Status} {reply.Reason} here: {reply.Body}"];
        }

        foreach ((string name, string? here) in (ReadOnlySpan<(string, string?)>)[("Set-Cookie", reply.Header("Set-Cookie")), ("WWW-Authenticate", reply.Header("WWW-Authenticate"))])
        {
            string there = RecordedAnswer.Header(expected, name);

            // A name with control characters gets a cookie that nobody accepts; ours gets none.
            bool isUseless = here is null && there.Any(char.IsControl);
            if (!isUseless && !RecordedAnswer.IsLike(there, here ?? ""))
            {
                differences.Add($"{name} '{there}' there, '{here}' here");
            }
        }

        // Which turn of the master key it was is a matter of how long the recorded server had run.
        string reason = RolledKey().Replace(await values.FillAsync(expected.GetProperty("reason").GetString()!), "masterKeyId={key}");
        if (!RecordedAnswer.IsLike(reason, reply.Reason))
        {
            differences.Add($"reason '{reason}' there, '{reply.Reason}' here");
        }

        if (status >= 400 && RecordedAnswer.Body(expected) is { } body)
        {
            string text = await values.FillAsync(body);
            if (!RecordedAnswer.IsLike(text, reply.Body) && !IsJavaInternal(text))
            {
                differences.Add($"body\n{text}\nthere,\n{reply.Body}\nhere");
            }
        }

        return differences;
    }

    // SOURCE: recorded/auth/README.md: such texts come from the Java library and are of no use to a client.
    private static bool IsJavaInternal(string text) => text.Contains("OutOfMemoryError", StringComparison.Ordinal) || text.Contains("IndexOutOfBounds", StringComparison.Ordinal);

    private static void Learn(string id, JsonElement expected, RawHttp.Reply reply, RecordedValues values)
    {
        if (RecordedAnswer.Cookie(reply) is { } cookie)
        {
            foreach (string each in values.IssuedBy(id))
            {
                values.Learn(each, cookie);
            }

            string name = id.StartsWith("user-", StringComparison.Ordinal) ? "back-" + id["user-".Length..] : id is "issue" ? "c1" : "alice";
            if (!values.IsKnown(name))
            {
                values.Learn(name, cookie);
            }
        }

        RecordedAnswer.LearnToken(expected, reply, values);
    }

    [GeneratedRegex("^wait (until )?([0-9.]+) s")]
    private static partial Regex Waiting();

    [GeneratedRegex("masterKeyId=[3-9]")]
    private static partial Regex RolledKey();
}
