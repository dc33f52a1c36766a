using System.Globalization;
using System.Text.Json;
using KmsPS.Engine.Acl;
using KmsPS.Server;

namespace KmsPS.Tests.Server.Replay;

/// <summary>The recorded routes once more through the whole server: its own configuration, groups, store, front door and listener.</summary>
public sealed class WholeServerTests
{
    [Theory]
    [InlineData("http/routes-key-acls-open", "sqlite")]
    [InlineData("http/routes-key-acls-off", "sqlite")]
    [InlineData("http/vendor-recommended", "sqlite")]
    [InlineData("http/one-user-an-operation", "sqlite")]
    [InlineData("http/names-upper-case", "jceks")]
    [InlineData("http/names-upper-case", "sqlite")]
    [InlineData("http/empty-file", "sqlite")]
    [InlineData("http/reload", "sqlite")]
    [InlineData("crypto/http", "sqlite")]
    public async Task The_whole_server_answers_as_recorded(string scenario, string store)
    {
        string folder = Directory.CreateTempSubdirectory("kmsps-whole-").FullName;
        string conf = Path.Combine(folder, "conf");
        string provider = store == "jceks" ? $"jceks://file@{folder}/kms.keystore" : $"sqlite://file@{folder}/kms.db";
        Directory.CreateDirectory(conf);
        foreach (string file in Directory.EnumerateFiles(Vectors.Path(["recorded", .. scenario.Split('/'), "conf"])))
        {
            await File.WriteAllTextAsync(Path.Combine(conf, Path.GetFileName(file)), (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("{provider}", provider, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        }

        // The recordings name a password file that lies beside the configuration; its content is no part of them.
        await File.WriteAllTextAsync(Path.Combine(conf, "kms.keystore.password"), "none", TestContext.Current.CancellationToken);
        ServerOptions options = new("replay", conf, Path.Combine(folder, "data"), Path.Combine(folder, "state"), [ListenUrl.Parse("http://127.0.0.1:0")], new HashSet<ServerRole> { ServerRole.Kms }, IsDetached: true);
        await using (KmsServer server = new(options, TimeProvider.System))
        {
            Task running = server.RunAsync();
            Uri url = await UrlAsync(Path.Combine(options.StateDirectory, "replay.json"), running);
            string Fill(string text) => text
                .Replace("{port}", url.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{provider}", provider, StringComparison.Ordinal);
            Expectation expectation = new(isJceks: store == "jceks", Fill, Open().GetValueOrDefault);
            List<string> failures = [];
            foreach (Exchange exchange in Exchange.ReadAll(Vectors.Path(["recorded", .. scenario.Split('/'), "exchanges.jsonl"])))
            {
                if (exchange.Step is { } step)
                {
                    ScenarioFiles.Do(step, Path.Combine(conf, "kms-acls.xml"));

                    // Nobody tells the server: it finds out by itself. A broken file counts at the second look.
                    await Task.Delay(AclSource.Interval * 3, TestContext.Current.CancellationToken);
                    continue;
                }

                RawHttp.Reply actual = await RawHttp.SendAsync(url, exchange.ToBytes(Fill), exchange.Method == "HEAD", TestContext.Current.CancellationToken);
                failures.AddRange(expectation.Check(exchange, actual).Where(difference => !IsTheDoors(exchange, difference)).Select(difference => $"{exchange.Id}: {difference}"));
            }

            server.Stop();
            await running;
            Assert.True(failures.Count == 0, $"{failures.Count} differences:\n{string.Join('\n', failures)}");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Dictionary<string, Exchange> Open() =>
        Exchange.ReadAll(Vectors.Path("recorded", "http", "routes-key-acls-open", "exchanges.jsonl")).ToDictionary(static each => each.Id, StringComparer.Ordinal);

    // Of what Kestrel and the front door refuse by themselves the status counts; pages and their headers have tests of their own. A
    // stock server redirects / to a page that it does not have; ours says so at once.
    private static bool IsTheDoors(Exchange exchange, string difference) =>
        exchange.Recorded.Status is 302 or 400 or 401 or 404 or 414 or 431
        && exchange.Recorded.Header("Content-Type") != "application/json"
        && (exchange.Recorded.Status == 302 || !difference.StartsWith("status", StringComparison.Ordinal));

    private static async Task<Uri> UrlAsync(string file, Task running)
    {
        for (int i = 0; i < 600 && !File.Exists(file); i++)
        {
            Assert.False(running.IsFaulted, running.Exception?.ToString());
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        using JsonDocument state = JsonDocument.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        return new Uri(state.RootElement.GetProperty("urls")[0].GetString()!);
    }
}
