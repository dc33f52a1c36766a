using System.Diagnostics;
using KmsPS.Engine.Providers;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A process that rotates the store key is killed, in every database: every version is there, and the next rotation ends the work.</summary>
public abstract class KilledRotationContract
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected static string Writer => Path.Combine(AppContext.BaseDirectory, "KmsPS.CrashWriter");

    /// <summary>The file with the store key.</summary>
    private protected abstract string KeyFile { get; }

    /// <summary>How many keys make a rotation that takes as long as the kills are apart.</summary>
    private protected abstract int Plenty { get; }

    /// <summary>The store, made where it is not there; it outlives whoever opened it.</summary>
    private protected abstract ValueTask<IKeyProvider> OpenAsync();

    /// <summary>What tells the writer to rotate the store's key.</summary>
    private protected abstract string[] Rotate();

    [Fact]
    public async Task A_rotation_that_is_killed_at_any_time_leaves_every_version_and_is_gone_on_with()
    {
        SortedDictionary<string, string> expected = await MakeAsync(Plenty);
        int interrupted = 0;
        for (int round = 0; round < 12; round++)
        {
            int delay = round * 12;
            using Process child = Start(Writer, Rotate());
            bool isDone = await KillAsync(child, delay);
            interrupted += await VerifyAsync(expected) && !isDone ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{interrupted} of 12 kills hit a rotation between its first and its last write");
        await FinishAsync(expected);
    }

    private protected static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })
        ?? throw new InvalidOperationException($"{program} did not start.");

    // Whether it had ended before.
    private static async Task<bool> KillAsync(Process child, int delay)
    {
        Assert.Equal("! open", await child.StandardOutput.ReadLineAsync(Stop));
        await Task.Delay(delay, Stop);
        child.Kill();
        string rest = await child.StandardOutput.ReadToEndAsync(Stop);
        await child.WaitForExitAsync(Stop);
        return rest.Contains("! done", StringComparison.Ordinal);
    }

    private protected async Task<SortedDictionary<string, string>> MakeAsync(int keys)
    {
        await using IKeyProvider store = await OpenAsync();
        return await KeptStore.FillAsync(store, keys);
    }

    // Whether a rotation is under way.
    private protected async Task<bool> VerifyAsync(SortedDictionary<string, string> expected)
    {
        await using IKeyProvider store = await OpenAsync();
        await store.SelfTestAsync(Stop);
        Assert.Equal(expected, await KeptStore.ReadAsync(store));
        return (await File.ReadAllLinesAsync(KeyFile, Stop)).Count(static line => line.StartsWith("kmsps-", StringComparison.Ordinal)) > 1;
    }

    private protected async Task FinishAsync(SortedDictionary<string, string> expected)
    {
        await using (IKeyProvider store = await OpenAsync())
        {
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, Stop)).IsFinished);
        }

        Assert.False(await VerifyAsync(expected));
    }
}
