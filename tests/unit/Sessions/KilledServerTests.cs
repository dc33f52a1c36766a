using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Tests.Sessions;

/// <summary>Two servers as processes of their own on one data directory.</summary>
public sealed class KilledServerTests : IDisposable
{
    private readonly ServerProcesses _servers = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task Two_thousand_data_keys_are_made_and_unwrapped_while_one_of_two_servers_is_killed()
    {
        (string one, string thumbprint) = await _servers.StartAsync("one");
        (string two, string same) = await _servers.StartAsync("two");
        Assert.Equal(thumbprint, same);
        await using RemoteKms kms = ServerProcesses.Connect(thumbprint, one, two);
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

    [Fact]
    public async Task What_one_server_rolls_and_makes_the_other_knows_at_its_next_request()
    {
        (string one, string thumbprint) = await _servers.StartAsync("one");
        (string two, _) = await _servers.StartAsync("two");
        await using RemoteKms a = ServerProcesses.Connect(thumbprint, one);
        await using RemoteKms b = ServerProcesses.Connect(thumbprint, two);
        KeyName key = KeyName.Parse("zone");
        (await a.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal($"zone@{round}", await VersionAsync(b, key));
            (await a.RollNewVersionAsync(new RollRequest(key), Stop)).Dispose();
            Assert.Equal($"zone@{round + 1}", await VersionAsync(b, key));
        }

        Assert.Equal(21, (await b.GetMetadataAsync(key, Stop))!.Versions);
        KeyName other = KeyName.Parse("other");
        Assert.Null(await a.GetMetadataAsync(other, Stop));
        (await b.CreateKeyAsync(NewKey.Default(other), Stop)).Dispose();
        Assert.NotNull(await a.GetMetadataAsync(other, Stop));
    }

    private static async Task<string> VersionAsync(RemoteKms kms, KeyName key) => (await kms.GenerateEekAsync(new GenerateRequest(key), Stop))![0].Version.Value;
}
