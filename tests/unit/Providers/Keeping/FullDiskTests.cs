using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;
using System.Diagnostics;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A disk that is full: said so, nothing half-written stays, and the work is gone on with when there is room.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_log_index_that_cannot_grow_is_a_full_disk_and_no_failed_one()
    {
        KmsException refusal = new SqliteDialect("/kms.db").Explain(new SqliteException("disk I/O error", 10, 4874));
        Assert.Equal("The disk of the store /kms.db is full; nothing was written", refusal.Message);
        Assert.StartsWith("The disk of the store /kms.db failed (1034)", new SqliteDialect("/kms.db").Explain(new SqliteException("disk I/O error", 10, 1034)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_stops_writes_backups_and_rotations_and_harms_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "A small file system is mounted for this test, which takes root.");
        using TemporaryDirectory directory = new();
        Assert.SkipUnless(await MountAsync("-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.Path) == 0, "No file system can be mounted here.");
        try
        {
            using BackupKeys keys = BackupLocks.Words("correct horse");
            string filler = directory.File("filler");
            await using IKeyProvider store = await KeptStore.OpenAsync(directory.File("kms.db"));
            SortedDictionary<string, string> expected = await KeptStore.FillAsync(store);
            Fill(filler);
            KmsException write = await Assert.ThrowsAnyAsync<KmsException>(async () =>
            {
                while (true)
                {
                    using KeyVersion made = await store.RollAsync(KeyName.Parse("key0"), null, null, Stop);
                    expected.Add(made.Name.Value, $"{made.Created:O} {ProviderHistory.Hex(made)}");
                    expected["key0"] = expected["key0"][..(expected["key0"].LastIndexOf(' ') + 1)] + made.Name.Value;
                }
            });
            KmsException backup = await Assert.ThrowsAnyAsync<KmsException>(async () => await store.Keeper!.BackupAsync(new BackupRequest(directory.File("kms.backup"), keys), null, Stop));
            KmsException rekey = await Assert.ThrowsAnyAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop));
            Assert.All([write, backup, rekey], static failure => Assert.Equal(ErrorKind.StoreUnavailable, failure.Kind));
            Assert.Empty(Directory.GetFiles(directory.Path, "kms.backup*"));
            Assert.Empty(Directory.GetFiles(directory.Path, "*.tmp"));
            Assert.Equal(expected, await KeptStore.ReadAsync(store));
            File.Delete(filler);
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
            Assert.Empty((await store.Keeper!.BackupAsync(new BackupRequest(directory.File("kms.backup"), keys), null, Stop)).Failures);
            Assert.Equal(expected, await KeptStore.ReadAsync(store));
        }
        finally
        {
            using Process unmount = Process.Start("umount", ["-l", directory.Path]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[512];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as was wanted.
            return;
        }
    }

    private static async Task<int> MountAsync(params string[] arguments)
    {
        using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        await mount.StandardError.ReadToEndAsync(Stop);
        await mount.WaitForExitAsync(Stop);
        return mount.ExitCode;
    }
}
