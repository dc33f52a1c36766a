using System.Diagnostics;
using System.Text.Json;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Sessions;

/// <summary>Two servers as processes of their own on one data directory; one is killed while it works.</summary>
public sealed class KilledServerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<Process> _servers = [];
    private readonly List<Task<string>> _output = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task Two_thousand_data_keys_are_made_and_unwrapped_while_one_of_two_servers_is_killed()
    {
        (string one, string thumbprint) = await StartAsync("one");
        (string two, string same) = await StartAsync("two");
        Assert.Equal(thumbprint, same);
        await using RemoteKms kms = new(
            ProviderUri.Parse($"kms://https@{one};{two}/kms"), new RemoteOptions { Credential = new SimpleCredential("alice"), Trust = ServerTrust.Thumbprint(thumbprint) });
        KeyName key = KeyName.Parse("zone");
        (await kms.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
        const int Rounds = 2000;
        int done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, Rounds), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Stop }, async (_, stop) =>
        {
            if (Interlocked.Increment(ref done) == Rounds / 3)
            {
                _servers[0].Kill();
            }

            EekBatch? eek = await kms.GenerateEekAsync(new GenerateRequest(key), stop);
            using SecretBytes dek = await kms.DecryptEekAsync(eek![0], stop);
            Assert.Equal(16, dek.Length);
        });
        Assert.Equal(Rounds, done);
        Assert.True(_servers[0].HasExited);
        using KeyVersion rolled = await kms.RollNewVersionAsync(new RollRequest(key), Stop);
        Assert.Equal("zone@1", rolled.Name.Value);
    }

    private async Task<(string Authority, string Thumbprint)> StartAsync(string name)
    {
        ProcessStartInfo start = new(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "kms-server.dll"), "--data-dir", _directory.File("data"), "--state-dir", _directory.File("state"), "--listen", "https://127.0.0.1:0", "--name", name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(_directory.File("x"))!,
        };
        Process server = Process.Start(start)!;
        _servers.Add(server);
        Task<string> errors = server.StandardError.ReadToEndAsync(Stop);
        while (await server.StandardOutput.ReadLineAsync(Stop) is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                _output.Add(server.StandardOutput.ReadToEndAsync(Stop)); // A full pipe would stop the server.
                using JsonDocument state = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_directory.File("state"), name + ".json"), Stop));
                return (new Uri(line["listening on ".Length..].Trim()).Authority, state.RootElement.GetProperty("thumbprint").GetString()!);
            }
        }

        throw new InvalidOperationException("The server did not start: " + await errors);
    }
}
