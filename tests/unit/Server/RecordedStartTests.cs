using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>Which wrong settings keep a real server from starting, and ours.</summary>
/// <remarks>
/// Left out: settings of Kerberos (KeyTableTests, KerberosTests), of TLS (KeystoreTests), of ports, addresses and folders of the command line
/// (ServerLifeTests, CommandLineTests).
/// </remarks>
public sealed class RecordedStartTests
{
    private static readonly string[] LeftOut = ["keytab-", "principal-", "star-", "whitelist-", "type-kerberos-upper", "rules-", "ssl-", "port-", "host-", "no-config-dir", "config-dir-"];

    // Ours says what is wrong where a real one starts and serves nobody or somebody else, and goes on where Java's own machinery stumbles.
    private static readonly Dictionary<string, string> OtherHere = new()
    {
        ["type-class-plain"] = "Java's handler without delegation tokens: ours has none, and says so",
        ["provider-bad-uri"] = "a blank in a path is no error of ours",
        ["provider-user"] = "the store of one user's credentials is Java's",
        ["provider-two"] = "the same, beside another",
        ["provider-no-authority"] = "the default file system is Hadoop's; ours wants a file's path",
        ["password-file-absolute"] = "Java looks for it among its classes",
        ["acls-missing"] = "without lists the built-in ones hold (adr/0006)",
        ["acls-other-root"] = "a file that holds no lists would open everything",
        ["kms-site-missing"] = "every setting has a default",
        ["core-site-missing"] = "every setting has a default",
        ["filter-unknown"] = "servlet filters are Java's",
        ["threads-small"] = "Jetty's threads are Java's",
        ["signer-zookeeper-none"] = "the store of the servers answers instead of ZooKeeper",
        ["zk-dt-none"] = "the store of the servers answers instead of ZooKeeper",
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Facts => [.. Recorded().Select(static fact => fact.GetProperty("id").GetString()!).Where(static id => !LeftOut.Any(each => id.StartsWith(each, StringComparison.Ordinal)))];

    [Theory]
    [MemberData(nameof(Facts))]
    public async Task Ours_starts_where_a_real_one_does_and_says_why_it_does_not(string id)
    {
        JsonElement fact = Recorded().Single(each => each.GetProperty("id").GetString() == id);
        bool starts = fact.GetProperty("starts").GetBoolean() ^ OtherHere.ContainsKey(id);
        using TemporaryDirectory conf = new();
        Write(conf, fact.GetProperty("settings"));
        string folder = Path.GetDirectoryName(conf.File("x"))!;
        if (starts)
        {
            await using RunningServer server = await RunningServer.StartAsync(folder, "http", Stop);
            Assert.InRange((await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/keys/names?user.name=alice", [], [], Stop)).Status, 200, 403);
            return;
        }

        KmsException refused = await Assert.ThrowsAnyAsync<KmsException>(async () =>
        {
            await using RunningServer server = await RunningServer.StartAsync(folder, "http", Stop);
        });
        Assert.NotNull(refused.Remedy);
    }

    private static IEnumerable<JsonElement> Recorded() =>
        File.ReadLines(Vectors.Path("recorded", "auth", "start-failures", "facts.jsonl")).Select(static line => JsonSerializer.Deserialize<JsonElement>(line));

    private static void Write(TemporaryDirectory conf, JsonElement settings)
    {
        Dictionary<string, Dictionary<string, string>> files = new()
        {
            ["core-site.xml"] = [],
            ["kms-site.xml"] = new()
            {
                ["hadoop.kms.authentication.type"] = "simple",
                ["hadoop.kms.key.provider.uri"] = "jceks://file@{work}/kms.keystore",
                ["hadoop.security.keystore.java-keystore-provider.password-file"] = "kms.keystore.password",
            },
        };
        File.WriteAllText(conf.File("kms.keystore.password"), "secret1");
        File.WriteAllText(conf.File("empty"), "");
        File.WriteAllText(conf.File("garbage"), "no keystore at all");
        File.WriteAllText(conf.File("kms-acls.xml"), "<configuration/>");
        Dictionary<string, string?> whole = [];
        foreach (JsonProperty changed in settings.EnumerateObject())
        {
            if (changed.Name.StartsWith("file ", StringComparison.Ordinal))
            {
                whole[changed.Name["file ".Length..]] = changed.Value.GetString();
                continue;
            }

            bool isCore = changed.Name.StartsWith("core-site ", StringComparison.Ordinal);
            Dictionary<string, string> file = files[isCore ? "core-site.xml" : "kms-site.xml"];
            string name = isCore ? changed.Name["core-site ".Length..] : changed.Name;
            file.Remove(name);
            if (changed.Value.GetString() is { } value)
            {
                file[name] = value.Replace("{conf}", Path.GetDirectoryName(conf.File("x")), StringComparison.Ordinal);
            }
        }

        foreach ((string name, Dictionary<string, string> properties) in files)
        {
            File.WriteAllText(conf.File(name), $"<configuration>{string.Concat(properties.Select(static each => $"<property><name>{each.Key}</name><value>{each.Value}</value></property>"))}</configuration>");
        }

        foreach ((string name, string? content) in whole)
        {
            File.Delete(conf.File(name));
            if (content is not null)
            {
                File.WriteAllText(conf.File(name), content);
            }
        }
    }
}
