using KmsPS.Engine.Acl;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Jceks;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server.Replay;

/// <summary>Every recorded exchange of a real Hadoop KMS, sent again byte for byte and compared byte for byte.</summary>
public sealed class ReplayTests
{
    public static TheoryData<string, string> Scenarios()
    {
        string[] folders = ["http/routes-key-acls-open", "http/routes-key-acls-off", "http/names-upper-case", "http/vendor-recommended", "http/one-user-an-operation", "http/empty-file", "http/reload", "crypto/http"];
        string[] stores = ["memory", "sqlite", "jceks"];
        TheoryData<string, string> all = [];
        foreach (string folder in folders)
        {
            Array.ForEach(stores, store => all.Add(folder, store));
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_recorded_scenario_is_answered_alike(string scenario, string kind)
    {
        string folder = Directory.CreateTempSubdirectory("kmsps-replay-").FullName;
        try
        {
            ScenarioFiles files = new(scenario, folder);
            await using AclSource watched = files.Acls;
            await ReplayAsync(scenario, await OpenAsync(kind, folder), kind == "jceks", folder, files);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ReplayAsync(string scenario, IKeyProvider store, bool isJceks, string folder, ScenarioFiles files)
    {
        await using ReplayHost host = await ReplayHost.StartAsync(store, files.Acls, files.KeyAuthorization, files.GroupsOf);
        string Fill(string text) => text
            .Replace("{port}", host.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{provider}", store.Uri.Text, StringComparison.Ordinal)
            .Replace("{work}", folder, StringComparison.Ordinal);
        Dictionary<string, Exchange> open = Exchange.ReadAll(Vectors.Path("recorded", "http", "routes-key-acls-open", "exchanges.jsonl")).ToDictionary(static each => each.Id, StringComparer.Ordinal);
        Expectation expectation = new(isJceks, Fill, id => open.GetValueOrDefault(id));
        List<string> failures = [];
        int checks = 0;
        foreach (Exchange exchange in Exchange.ReadAll(Vectors.Path(["recorded", .. scenario.Split('/'), "exchanges.jsonl"])).Where(IsOurs))
        {
            if (exchange.Step is { } step)
            {
                files.Do(step);
                continue;
            }

            RawHttp.Reply actual = await host.SendAsync(exchange, Fill);
            checks++;
            failures.AddRange(expectation.Check(exchange, actual).Select(difference => $"{exchange.Id}: {difference}"));
        }

        Assert.True(failures.Count == 0, $"{failures.Count} differences in {checks} exchanges:\n{string.Join('\n', failures)}");
        Assert.True(checks > 10);
    }

    // The front door's own answers: pages, redirects, and what is refused without a name.
    private static bool IsOurs(Exchange exchange) => exchange.Step is not null || (exchange.Recorded.Status is not (301 or 302 or 401 or 404 or 414 or 431) && exchange.Id != "user-name-empty");

    private static async Task<IKeyProvider> OpenAsync(string kind, string folder)
    {
        // The fewest rounds that a JDK takes: a scenario writes dozens of keys, and their sealing is not what is looked at here.
        ProviderContext context = new(TimeProvider.System, static name => name == "jdk.jceks.iterationCount" ? "10000" : null, static _ => null, folder);
        return kind switch
        {
            "memory" => new MemoryKeyProvider(),
            "sqlite" => await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{folder}/kms.db"), context, CancellationToken.None),
            _ => await JceksKeyProvider.OpenAsync(ProviderUri.Parse($"jceks://file@{folder}/kms.keystore"), context, CancellationToken.None),
        };
    }
}
