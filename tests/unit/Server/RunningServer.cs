using System.Text.Json;
using System.Xml.Linq;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

/// <summary>A server in this process on a free loopback port, with folders of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly KmsServer _server;
    private readonly Task _run;
    private readonly DirectoryInfo _folder;

    private RunningServer(KmsServer server, Task run, DirectoryInfo folder, Uri url)
    {
        _server = server;
        _run = run;
        _folder = folder;
        Url = url;
    }

    internal Uri Url { get; }

    internal string DataDirectory => Path.Combine(_folder.FullName, "data");

    /// <summary>Starts one with copies of a scenario's files, <c>{work}</c> and the provider filled in.</summary>
    internal static async Task<RunningServer> StartAsync(string? configuration, string scheme, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-test-");
        string conf = Path.Combine(folder.FullName, "conf");
        Directory.CreateDirectory(conf);
        foreach (string file in configuration is null ? [] : Directory.GetFiles(configuration))
        {
            string copy = Path.Combine(conf, Path.GetFileName(file));
            if (file.EndsWith(".xml", StringComparison.Ordinal))
            {
                string text = await File.ReadAllTextAsync(file, cancellationToken);
                await File.WriteAllTextAsync(copy, text.Replace("{work}", folder.FullName).Replace("{provider}", $"sqlite://file@{folder.FullName}/data/kms.db"), cancellationToken);
            }
            else
            {
                File.Copy(file, copy);
            }
        }

        ServerOptions options = new("test", conf, Path.Combine(folder.FullName, "data"), Path.Combine(folder.FullName, "run"), [ListenUrl.Parse($"{scheme}://127.0.0.1:0")], new HashSet<ServerRole> { ServerRole.Kms }, IsDetached: true);
        KmsServer server = new(options, TimeProvider.System);
        Task run = server.RunAsync();
        string state = Path.Combine(folder.FullName, "run", "test.json");
        while (!File.Exists(state) && !run.IsCompleted)
        {
            await Task.Delay(20, cancellationToken);
        }

        if (run.IsCompleted)
        {
            // It does not start, and says why.
            await server.DisposeAsync();
            folder.Delete(recursive: true);
            await run;
        }

        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(state, cancellationToken));
        return new RunningServer(server, run, folder, new Uri(json.RootElement.GetProperty("urls")[0].GetString()!));
    }

    /// <summary>Starts one whose <c>kms-site.xml</c> holds these properties, and nothing else.</summary>
    internal static async Task<RunningServer> StartWithAsync(IReadOnlyList<(string Name, string Value)> site, string scheme, CancellationToken cancellationToken)
    {
        DirectoryInfo conf = Directory.CreateTempSubdirectory("kmsps-test-");
        XElement file = new("configuration", site.Select(static each => new XElement("property", new XElement("name", each.Name), new XElement("value", each.Value))));
        await File.WriteAllTextAsync(Path.Combine(conf.FullName, "kms-site.xml"), file.ToString(), cancellationToken);
        try
        {
            return await StartAsync(conf.FullName, scheme, cancellationToken);
        }
        finally
        {
            conf.Delete(recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _server.Stop();
        await _run;
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
