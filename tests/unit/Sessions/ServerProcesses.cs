using System.Diagnostics;
using System.Text.Json;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Sessions;

/// <summary>Servers as processes of their own on one data directory, on free loopback ports with TLS.</summary>
internal sealed class ServerProcesses : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<Process> _servers = [];
    private readonly List<Task<string>> _output = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal string File(string name) => _directory.File(name);

    internal Process this[int index] => _servers[index];

    public void Dispose()
    {
        foreach (Process server in _servers)
        {
            using (server)
            {
                server.Kill();
                server.WaitForExit();
            }
        }

        _directory.Dispose();
    }

    /// <summary>Starts one and waits until it listens.</summary>
    internal async Task<(string Authority, string Thumbprint)> StartAsync(string name, IEnumerable<string>? more = null, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "kms-server.dll"), "--data-dir", File("data"), "--state-dir", File("state"), "--listen", "https://127.0.0.1:0", "--name", name, .. more ?? []])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
        };
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        Process server = Process.Start(start)!;
        _servers.Add(server);
        Task<string> errors = server.StandardError.ReadToEndAsync(Stop);
        while (await server.StandardOutput.ReadLineAsync(Stop) is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                _output.Add(server.StandardOutput.ReadToEndAsync(Stop)); // A full pipe would stop the server.
                using JsonDocument state = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(Path.Combine(File("state"), name + ".json"), Stop));
                return (new Uri(line["listening on ".Length..].Trim()).Authority, state.RootElement.GetProperty("thumbprint").GetString()!);
            }
        }

        throw new InvalidOperationException("The server did not start: " + await errors);
    }

    /// <summary>A client that signs in as alice.</summary>
    internal static RemoteKms Connect(string thumbprint, params string[] authorities) => new(
        ProviderUri.Parse($"kms://https@{string.Join(';', authorities)}/kms"), new RemoteOptions { Credential = new SimpleCredential("alice"), Trust = ServerTrust.Thumbprint(thumbprint) });
}
