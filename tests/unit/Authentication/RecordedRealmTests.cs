using System.Buffers.Binary;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>
/// The smaller recordings of real servers in a realm: name rules of the kind <c>mit</c>, whose name the audit log shows, key tables of every
/// kind, and tickets that come too late.
/// </summary>
/// <remarks>
/// Not asked again: kerberos-principal, whose four servers start and then refuse every ticket, where ours says so and does not start
/// (KeyTableTests); java-client-kerberos, whose requests are those of java-client-simple with the handshake of RecordedKerberosTests.
/// </remarks>
[Collection("Kerberos")]
public sealed partial class RecordedRealmTests(KerberosFixture realm) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("kerberos-keytab-star", 5)]
    [InlineData("kerberos-keytab-star-one", 5)]
    [InlineData("kerberos-keytab-no-realm", 5)]
    [InlineData("kerberos-keytab-one-of-many", 5)]
    [InlineData("kerberos-keytab-stale", 5)]
    [InlineData("kerberos-keytab-many", 5)]
    [InlineData("kerberos-mit", 42)]
    [InlineData("kerberos-audit", 30)]
    public async Task Ours_answers_as_recorded(string scenario, int all)
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string folder = Vectors.Path("recorded", "auth", scenario);
        await using KerberosServer server = await StartAsync(folder, realm.Kdc.Environment);
        KerberosReplay replay = new(realm, server, folder)
        {
            RefusedHere = [.. FailedAt(folder)],
            AnsweredHere = scenario == "kerberos-keytab-many" ? SeveralPrincipals() : new Dictionary<string, JsonElement>(),
        };
        (List<string> differences, int compared) = await replay.RunAsync(Stop);
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join("\n", differences)}");
        Assert.Equal(all, compared);
        if (scenario != "kerberos-keytab-many")
        {
            Assert.Equal(Lines(await File.ReadAllTextAsync(Path.Combine(folder, "audit.log"), Stop)), Lines(server.Audit));
        }
    }

    [Fact]
    public async Task A_ticket_that_comes_too_late_is_refused_and_open_paths_ask_for_none()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string folder = Vectors.Path("recorded", "auth", "kerberos-clock");
        string configuration = _directory.File("krb5.conf");
        await File.WriteAllTextAsync(configuration, (await File.ReadAllTextAsync(realm.Kdc.Configuration, Stop)).Replace("[libdefaults]", "[libdefaults]\n  clockskew = 3", StringComparison.Ordinal), Stop);
        await using KerberosServer server = await StartAsync(folder, [.. realm.Kdc.Environment.Where(static each => each.Name != "KRB5_CONFIG"), ("KRB5_CONFIG", configuration)]);
        KerberosReplay? replay = null;
        bool isMade = false;
        replay = new KerberosReplay(realm, server, folder)
        {
            RefusedHere = [.. FailedAt(folder)],
            Step = async step =>
            {
                if (!isMade)
                {
                    isMade = true;
                    await replay!.MakeAsync("old");
                    await replay.MakeAsync("expired");
                }

                await Task.Delay(TimeSpan.FromSeconds(int.Parse(Seconds().Match(step).Groups[1].Value, null)), Stop);
            },
        };
        (List<string> differences, int compared) = await replay.RunAsync(Stop);
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join("\n", differences)}");
        Assert.Equal(10, compared);
    }

    private async Task<KerberosServer> StartAsync(string folder, IEnumerable<(string Name, string Value)> environment)
    {
        Dictionary<string, string> properties = XDocument.Load(Path.Combine(folder, "conf", "kms-site.xml")).Root!.Elements("property")
            .ToDictionary(static each => each.Element("name")!.Value, static each => each.Element("value")!.Value);
        properties["hadoop.kms.key.provider.uri"] = $"sqlite://file@{_directory.File("kms.db")}";
        properties["hadoop.kms.authentication.signature.secret.file"] = Path.Combine(folder, "conf", "secret");
        properties["hadoop.kms.authentication.kerberos.keytab"] = await KeytabAsync(Path.GetFileName(properties["hadoop.kms.authentication.kerberos.keytab"]));
        return await KerberosServer.StartAsync(environment, properties, Stop, Path.Combine(folder, "conf", "kms-acls.xml"));
    }

    // The principals that the recorded key tables have, with the keys they have in this realm.
    private async Task<string> KeytabAsync(string name)
    {
        string[] principals = name == "multi.keytab" ? ["HTTP/localhost", "HTTP/127.0.0.1", "HTTP/vm", "host/localhost", "hive/localhost"] : ["HTTP/localhost"];
        string path = _directory.File(name);
        await realm.Kdc.AdminAsync($"ktadd -q -norandkey -k {path} {string.Join(' ', principals)}", Stop);
        if (name == "stale.keytab")
        {
            await File.WriteAllBytesAsync(path, WithOtherKeys(await File.ReadAllBytesAsync(path, Stop)), Stop);
        }

        return path;
    }

    // An entry ends with its key and four bytes of its number. SOURCE: MIT krb5, "The keytab file format".
    private static byte[] WithOtherKeys(byte[] keytab)
    {
        for (int at = 2; at + 4 <= keytab.Length;)
        {
            int end = at + 4 + BinaryPrimitives.ReadInt32BigEndian(keytab.AsSpan(at));
            keytab[end - 5] ^= 0x5A;
            at = end;
        }

        return keytab;
    }

    // A servlet container's own 500: Java's exception came through. Ours refuses.
    private static IEnumerable<string> FailedAt(string folder) =>
        from exchange in Exchanges(folder)
        where exchange.TryGetProperty("response", out JsonElement response) && response.GetProperty("status").GetInt32() == 500 && response.GetProperty("reason").GetString() == "Server Error"
        select exchange.GetProperty("id").GetString()!;

    // A real server takes "HTTP/localhost,HTTP/vm" for one name that no key is for; ours for two.
    private static Dictionary<string, JsonElement> SeveralPrincipals() => Exchanges(Vectors.Path("recorded", "auth", "kerberos-keytab-star"))
        .Where(static exchange => exchange.GetProperty("id").GetString() is "spn-HTTP-localhost" or "spn-HTTP-vm")
        .ToDictionary(static exchange => exchange.GetProperty("id").GetString()!, static exchange => exchange.GetProperty("response"));

    private static IEnumerable<JsonElement> Exchanges(string folder) =>
        File.ReadLines(Path.Combine(folder, "exchanges.jsonl")).Select(static line => JsonSerializer.Deserialize<JsonElement>(line));

    // Without times, the store's name and what is counted: how often a count is written depends on how long the requests took. A ticket that
    // is refused leaves a line with us (docs/kerberos.md), and none there.
    private static IEnumerable<string> Lines(string audit) => audit.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => Counted().Replace(Stamp().Replace(line, ""), ""))
        .Where(static line => !line.StartsWith("UNAUTHENTICATED", StringComparison.Ordinal))
        .Select(static line => StoreName().Replace(line, "in {provider}").TrimEnd())
        .Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^wait (\d+) s")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"^[-0-9]+ [:,0-9]+ ")]
    private static partial Regex Stamp();

    [GeneratedRegex(@", accessCount=\d+, interval=\d+ms")]
    private static partial Regex Counted();

    [GeneratedRegex(@"in [^ ']+(?='$)")]
    private static partial Regex StoreName();
}
