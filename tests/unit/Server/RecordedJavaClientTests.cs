using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Server;

/// <summary>Every request that Hadoop's own client was seen to send, up to the restart, answered by ours as by a real server.</summary>
/// <remarks>
/// Cookies and tokens are those that ours hands out; what the client decrypts and re-encrypts is what ours encrypted. After the restart a stock
/// server has forgotten its secret, and ours has not. WADL documents, which no client reads, are not compared.
/// </remarks>
public sealed partial class RecordedJavaClientTests
{
    // The client sets the service of the token that it got; the server does not look at it.
    private static readonly Dictionary<string, string> SentTokens = new()
    {
        ["{token-sent-renew-wrong-renewer}"] = "addDelegationTokens/3",
        ["{token-sent-renew}"] = "addDelegationTokens-own-renewer/3",
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ours_answers_hadoop_s_client_as_a_real_server_does()
    {
        string folder = Vectors.Path("recorded", "auth", "java-client-simple");
        await using RunningServer server = await RunningServer.StartAsync(Path.Combine(folder, "conf"), "http", Stop);
        Dictionary<string, string> cookies = [];
        Dictionary<string, RawHttp.Reply> replies = [];
        List<string> differences = [];
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), Stop))
        {
            JsonElement exchange = JsonSerializer.Deserialize<JsonElement>(line);
            if (exchange.TryGetProperty("step", out _))
            {
                break;
            }

            if (!exchange.TryGetProperty("request", out JsonElement request))
            {
                continue;
            }

            string id = exchange.GetProperty("id").GetString()!;
            (string, string)[] headers = [.. request.GetProperty("headers").EnumerateArray()
                .Where(static each => each[0].GetString() is not ("Host" or "Connection" or "Content-Length"))
                .Select(each => (each[0].GetString()!, Fill(each[1].GetString()!, cookies, replies)))];
            string body = request.TryGetProperty("body", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
            RawHttp.Reply here = await RawHttp.SendAsync(server.Url, request.GetProperty("method").GetString()!, Fill(request.GetProperty("target").GetString()!, cookies, replies), headers, Encoding.UTF8.GetBytes(WithOurs(body, replies)), Stop);
            replies[id] = here;
            if (Cookie().Match(here.Header("Set-Cookie") ?? "") is { Success: true } issued)
            {
                cookies[issued.Groups[2].Value] = issued.Groups[1].Value;
            }

            if (Difference(exchange.GetProperty("response"), here) is { } difference)
            {
                differences.Add($"{id}: {difference}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {replies.Count}:\n{string.Join("\n", differences)}");
        Assert.Equal(56, replies.Count);
    }

    private static string Fill(string text, Dictionary<string, string> cookies, Dictionary<string, RawHttp.Reply> replies)
    {
        foreach ((string name, string from) in SentTokens)
        {
            if (text.Contains(name, StringComparison.Ordinal))
            {
                text = text.Replace(name, Token().Match(replies[from].Body).Groups[1].Value, StringComparison.Ordinal);
            }
        }

        return RecordedCookie().Match(text) is { Success: true } recorded ? $"hadoop.auth=\"{cookies[recorded.Groups[1].Value]}\"" : text;
    }

    // The recorded data key is of another server's key: ours stands for it.
    private static string WithOurs(string body, Dictionary<string, RawHttp.Reply> replies)
    {
        if (!body.Contains("\"iv\"", StringComparison.Ordinal))
        {
            return body;
        }

        JsonElement eek = JsonSerializer.Deserialize<JsonElement>(replies["generateEncryptedKey/1"].Body)[0];
        return Material().Replace(Iv().Replace(body, $"\"iv\" : \"{eek.GetProperty("iv").GetString()}\""), $"\"material\" : \"{eek.GetProperty("encryptedKeyVersion").GetProperty("material").GetString()}\"");
    }

    private static string? Difference(JsonElement there, RawHttp.Reply here)
    {
        string expected = $"{there.GetProperty("status").GetInt32()} {there.GetProperty("reason").GetString()}\n{RecordedAnswer.Header(there, "Set-Cookie")}\n{RecordedAnswer.Header(there, "WWW-Authenticate")}\n{RecordedAnswer.Body(there) ?? "{any}"}";
        string actual = $"{here.Status} {here.Reason}\n{here.Header("Set-Cookie")}\n{here.Header("WWW-Authenticate")}\n{here.Body}";
        return RecordedAnswer.IsLike(expected, actual) ? null : $"\n{expected}\nthere,\n{actual}\nhere";
    }

    [GeneratedRegex("hadoop\\.auth=\"(u=([^&]+)&.*)\"")]
    private static partial Regex Cookie();

    [GeneratedRegex("^hadoop\\.auth=\"u=([^&]+)&.*\\{signature}\"$")]
    private static partial Regex RecordedCookie();

    [GeneratedRegex("\"urlString\":\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("\"iv\" : \"[^\"]+\"")]
    private static partial Regex Iv();

    [GeneratedRegex("\"material\" : \"[^\"]+\"")]
    private static partial Regex Material();
}
