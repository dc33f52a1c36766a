using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>What a real server with a real key server answered, asked again of ours with the same settings.</summary>
[Collection("Kerberos")]
public sealed partial class RecordedKerberosTests(KerberosFixture realm)
{
    // WADL documents, a ticket to pass on, which the runtime's client has no request for, and a token of the recorded server, spelled
    // out where others name it.
    private static readonly string[] LeftOut = ["ok-options", "cookie-options", "token-options", "use-options", "ok-delegating", "use-bad"];

    // A real one answers 500 to what no rule maps and to names that make no sense; ours refuses those that no client sends.
    private static readonly string[] RefusedHere = ["cookie-forged-other-realm", "doas-empty", "token-renewer-other-realm", "token-doas-two-part"];

    // What MIT's library makes of three tokens that no client sends: it asks for a proof of the list of mechanisms before it takes the
    // second of them (request-mic, not accept-incomplete), knows the number that Windows has for Kerberos, and finds a forged proof.
    private static readonly Dictionary<string, string> ByMit = new()
    {
        ["ntlm-then-krb5"] = "401 oRQwEqADCgEDoQsGCSqGSIb3EgECAg== ",
        ["only-ms"] = "200 a1 u=alice&p=alice@EXAMPLE.COM&t=kerberos-dt",
        ["negotiate-hints"] = "403 none ",
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_recorded_sign_in_is_answered_alike_with_tickets_of_this_realm()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string folder = Vectors.Path("recorded", "auth", "kerberos");
        Dictionary<string, string> properties = Properties(Path.Combine(folder, "conf", "kms-site.xml"));
        using TemporaryDirectory directory = new();
        properties["hadoop.kms.key.provider.uri"] = $"sqlite://file@{directory.File("kms.db")}";
        properties["hadoop.kms.authentication.kerberos.keytab"] = realm.Kdc.File("http.keytab");
        properties["hadoop.kms.authentication.signature.secret.file"] = Path.Combine(folder, "conf", "secret");
        await using KerberosServer server = await KerberosServer.StartAsync(realm.Kdc.Environment, properties, Stop, Path.Combine(folder, "conf", "kms-acls.xml"));
        KerberosReplay replay = new(realm, server, folder) { LeftOut = LeftOut, RefusedHere = RefusedHere };
        (List<string> differences, int compared) = await replay.RunAsync(Stop);
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join("\n", differences)}");
        Assert.True(compared >= 140, $"Only {compared} exchanges were compared");
    }

    /// <summary>The tokens themselves, opened with the recorded key: the clock skew that is allowed is longer than their age, and no key server is asked.</summary>
    [Fact]
    public async Task Recorded_tokens_of_fifteen_kinds_are_judged_as_a_real_server_did()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(directory.File("krb5.conf"), "[libdefaults]\n default_realm = EXAMPLE.COM\n clockskew = 1000000000\n", Stop);
        await using KerberosServer server = await KerberosServer.StartAsync(
            [("KRB5_CONFIG", directory.File("krb5.conf")), ("KRB5RCACHENAME", "none:")],
            new Dictionary<string, string>
            {
                ["hadoop.kms.authentication.type"] = "kerberos",
                ["hadoop.kms.authentication.kerberos.principal"] = "HTTP/localhost@EXAMPLE.COM",
                ["hadoop.kms.authentication.kerberos.keytab"] = Vectors.Path("recorded", "auth", "kerberos", "conf", "http.keytab"),
            },
            Stop);
        List<string> differences = [];
        foreach (string line in await File.ReadAllLinesAsync(Vectors.Path("recorded", "auth", "kerberos-spnego", "facts.jsonl"), Stop))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement fact = json.RootElement;
            RawHttp.Reply reply = await AskAsync(server, "GET", "/kms/v1/key/absent/_metadata", [("Authorization", "Negotiate " + fact.GetProperty("clientToken").GetString())]);
            string id = fact.GetProperty("id").GetString()!;
            string there = ByMit.GetValueOrDefault(id) ?? $"{fact.GetProperty("status").GetInt32()} {Kind(fact.TryGetProperty("serverToken", out JsonElement token) ? token.GetString() : null)} {fact.GetProperty("cookie").GetString()}";
            string cookie = CookieText().Match(reply.Header("Set-Cookie")!) is { Success: true } issued ? issued.Groups[1].Value : "";
            string here = $"{reply.Status} {Kind(reply.Header("WWW-Authenticate")?["Negotiate ".Length..])} {cookie}";
            if (there != here)
            {
                differences.Add($"{id}:\n  {there} there,\n  {here} here ({reply.Reason})");
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    // A server's proof is sealed with a fresh time, so of one with a proof the first byte is compared (SPNEGO or bare), of one without all.
    private static string Kind(string? token) => token is null ? "none" : token.Length > 60 ? Convert.FromBase64String(token)[0].ToString("x2", CultureInfo.InvariantCulture) : token;

    private static Dictionary<string, string> Properties(string file) => XDocument.Load(file).Root!.Elements("property").ToDictionary(static each => each.Element("name")!.Value, static each => each.Element("value")!.Value);

    private static Task<RawHttp.Reply> AskAsync(KerberosServer server, string method, string target, (string, string)[] headers) => RawHttp.SendAsync(server.Url, method, target, headers, [], Stop);

    [GeneratedRegex("hadoop\\.auth=\"(u=.*)&e=")]
    private static partial Regex CookieText();
}
