using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>What a real server says over HTTPS beside what it says over HTTP: cookies for HTTPS alone, HSTS, addresses with https.</summary>
/// <remarks>
/// Left out: the pages of other servlets. The facts of the folder, and those of tls-variants, are about versions and suites, which ours has
/// fewer of (Tls.Tests.ps1 offers the others), and about keystores, variables and client certificates (KeystoreTests, ClientCertificateTests).
/// </remarks>
public sealed class RecordedTlsTests
{
    private static readonly string[] Compared = ["Strict-Transport-Security", "Set-Cookie", "WWW-Authenticate", "Location"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ours_answers_as_recorded_over_tls()
    {
        string folder = Vectors.Path("recorded", "auth", "tls");
        using TemporaryDirectory conf = new();
        foreach (string file in Directory.GetFiles(Path.Combine(folder, "conf")).Where(static each => !each.EndsWith("ssl-server.xml", StringComparison.Ordinal)))
        {
            File.Copy(file, conf.File(Path.GetFileName(file)));
        }

        await using RunningServer server = await RunningServer.StartAsync(Path.GetDirectoryName(conf.File("x")), "https", Stop);
        string cookie = "";
        int compared = 0;
        List<string> differences = [];
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), Stop))
        {
            JsonElement exchange = JsonSerializer.Deserialize<JsonElement>(line);
            if (!exchange.TryGetProperty("request", out JsonElement request) || !request.GetProperty("target").GetString()!.StartsWith("/kms", StringComparison.Ordinal))
            {
                continue;
            }

            (string, string)[] headers = [.. request.GetProperty("headers").EnumerateArray().Select(each => (each[0].GetString()!, each[1].GetString()!.Replace("{cookie}", cookie, StringComparison.Ordinal)))];
            byte[] body = request.TryGetProperty("body", out JsonElement given) && given.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(given.GetString()!) : [];
            RawHttp.Reply here = await RawHttp.SendAsync(server.Url, request.GetProperty("method").GetString()!, request.GetProperty("target").GetString()!, headers, body, Stop);
            compared++;
            cookie = cookie.Length > 0 ? cookie : Regex.Match(here.Header("Set-Cookie") ?? "", "\"(.*)\"").Groups[1].Value;
            differences.AddRange(Differences(exchange.GetProperty("response"), here).Select(difference => $"{exchange.GetProperty("id").GetString()}: {difference}"));
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.Equal(7, compared);
    }

    private static IEnumerable<string> Differences(JsonElement there, RawHttp.Reply here)
    {
        if ((there.GetProperty("status").GetInt32(), there.GetProperty("reason").GetString()) != (here.Status, here.Reason))
        {
            yield return $"{there.GetProperty("status")} {there.GetProperty("reason")} there, {here.Status} {here.Reason} here";
        }

        foreach (string name in Compared)
        {
            // Ours has the documented path (docs/compatibility.md); what TLS changes of it is the scheme.
            string expected = RecordedAnswer.Header(there, name).Replace("/kms/v1/keys/v1/key/", "/kms/v1/key/", StringComparison.Ordinal);
            if (!RecordedAnswer.IsLike(expected, here.Header(name) ?? ""))
            {
                yield return $"{name} '{expected}' there, '{here.Header(name)}' here";
            }
        }
    }
}
