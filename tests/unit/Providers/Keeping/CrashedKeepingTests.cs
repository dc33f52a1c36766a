using System.Diagnostics;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A process that works on a whole store is killed, at any time and at each write: the store opens, and the next run ends the work.</summary>
public sealed class CrashedKeepingTests : KilledRotationContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    private protected override string KeyFile => Store + ".key";

    private protected override int Plenty => 60;

    private protected override ValueTask<IKeyProvider> OpenAsync() => KeptStore.OpenAsync(Store);

    private protected override string[] Rotate() => [Store, "rekey"];

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
}
