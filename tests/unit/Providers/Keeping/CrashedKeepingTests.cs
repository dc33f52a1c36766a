using System.Diagnostics;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A process that works on a whole store is killed, at any time and at each write: the store opens, and the next run ends the work.</summary>
public sealed class CrashedKeepingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Writer => Path.Combine(AppContext.BaseDirectory, "KmsPS.CrashWriter");

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_rotation_that_is_killed_at_any_time_leaves_every_version_and_is_gone_on_with()
    {
        SortedDictionary<string, string> expected = await MakeAsync(keys: 60);
        int interrupted = 0;
        for (int round = 0; round < 12; round++)
        {
            int delay = round * 12;
            using Process child = Start(Writer, Store, "rekey");
            bool isDone = await KillAsync(child, delay);
            interrupted += await VerifyAsync(expected) && !isDone ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{interrupted} of 12 kills hit a rotation between its first and its last write");
        await FinishAsync(expected);
    }

    [Theory]
    [InlineData("fsync,fdatasync", 1, 2, 3, 4, 5, 6, 7, 9, 12)]
    [InlineData("pwrite64,write", 1, 2, 4, 7, 11, 16, 22, 29, 37, 50)]
    [InlineData("rename,renameat2,unlink,link", 1, 2, 3, 4, 5)]
    public async Task A_rotation_that_is_killed_at_a_system_call_leaves_every_version(string calls, params int[] occurrences)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        SortedDictionary<string, string> expected = await MakeAsync(keys: 5);
        foreach (int number in occurrences)
        {
            using Process child = Start("/usr/bin/strace", "-f", "-qq", "--seccomp-bpf", "-o", _directory.File("trace"), "-P", Store, "-P", Store + "-wal", "-P", Store + ".key", "-P", Store + ".key.tmp", "-P", Store + ".key.retired", "-P", Store + ".key.retired.tmp", "-P", _directory.Path, "-e", $"trace={calls}", "-e", $"inject={calls}:signal=SIGKILL:when={number}", Writer, Store, "rekey");
            await child.StandardOutput.ReadToEndAsync(Stop);
            await child.WaitForExitAsync(Stop);
            await VerifyAsync(expected);
        }

        await FinishAsync(expected);
    }

    [Theory]
    [InlineData("fsync,fdatasync", 1, 2, 3, 4, 5, 6)]
    [InlineData("pwrite64,write", 1, 3, 6, 10, 15, 21, 28, 36)]
    public async Task A_restore_that_is_killed_at_a_system_call_leaves_all_or_nothing(string calls, params int[] occurrences)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        SortedDictionary<string, string> expected = await MakeAsync(keys: 5);
        string backup = _directory.File("kms.backup");
        using BackupKeys keys = BackupLocks.Words("correct horse");
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            await store.Keeper!.BackupAsync(new BackupRequest(backup, keys), null, Stop);
        }

        foreach (int number in occurrences)
        {
            string fresh = _directory.File($"fresh{number}.db");
            using Process child = Start("/usr/bin/strace", "-f", "-qq", "--seccomp-bpf", "-o", _directory.File("trace"), "-P", fresh, "-P", fresh + "-wal", "-P", fresh + ".key.new", "-P", fresh + "-epoch.tmp", "-P", _directory.Path, "-e", $"trace={calls}", "-e", $"inject={calls}:signal=SIGKILL:when={number}", Writer, fresh, "restore", backup);
            string said = await child.StandardOutput.ReadToEndAsync(Stop);
            await child.WaitForExitAsync(Stop);
            await using IKeyProvider store = await KeptStore.OpenAsync(fresh);
            if ((await KeptStore.ReadAsync(store)).Count == 0)
            {
                Assert.DoesNotContain("! done", said, StringComparison.Ordinal);
                await store.Keeper!.RestoreAsync(new RestoreRequest(backup, keys), null, Stop);
            }

            Assert.Equal(expected, await KeptStore.ReadAsync(store));
            Assert.Empty((await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
        }
    }

    private static Process Start(string program, params string[] arguments) =>
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

    private async Task<SortedDictionary<string, string>> MakeAsync(int keys)
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        return await KeptStore.FillAsync(store, keys);
    }

    // Whether a rotation is under way.
    private async Task<bool> VerifyAsync(SortedDictionary<string, string> expected)
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await store.SelfTestAsync(Stop);
        Assert.Equal(expected, await KeptStore.ReadAsync(store));
        return (await File.ReadAllLinesAsync(Store + ".key", Stop)).Count(static line => line.StartsWith("kmsps-", StringComparison.Ordinal)) > 1;
    }

    private async Task FinishAsync(SortedDictionary<string, string> expected)
    {
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        }

        Assert.False(await VerifyAsync(expected));
    }
}
