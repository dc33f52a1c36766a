using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>Backups of an embedded store: made under load, opened only by whom they are for, brought back whole or not at all.</summary>
public sealed class StoreBackupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TemporaryDirectory _elsewhere = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Store => _directory.File("kms.db");

    private string Backup => _directory.File("kms.backup");

    public void Dispose()
    {
        _directory.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task A_backup_brings_everything_back_on_another_host()
    {
        using BackupKeys words = BackupLocks.Words("correct horse");
        SortedDictionary<string, string> expected;
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            expected = await KeptStore.FillAsync(store);
            BackupReport made = await store.Keeper!.BackupAsync(new BackupRequest(Backup, words), null, Stop);
            Assert.Empty(made.Failures);
            Assert.Equal((7, 7, 22, 1), ((int)made.Counts.Names, (int)made.Counts.Keys, (int)made.Counts.Versions, (int)made.Counts.State));
            BackupTrial trial = await store.Keeper!.TestBackupAsync(new BackupRequest(Backup, words), null, Stop);
            Assert.Equal((made.Id, 22, 0, 0), (trial.BackupId, (int)trial.Canaries, (int)trial.WithoutCanary, (int)trial.MissingAtBackup));
            Assert.Empty(trial.Failures);
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
        }

        Assert.False(File.Exists(Backup + ".part"));
        await using IKeyProvider fresh = await KeptStore.OpenAsync(_elsewhere.File("kms.db"));
        RestoreReport report = await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup, words), null, Stop);
        Assert.Equal(2, report.Epoch);
        Assert.Equal(expected, await KeptStore.ReadAsync(fresh));
        Assert.Equal([1, 2, 3], (await ((IStateHolder)fresh).State.FindAsync("cookie", "one", Stop))!.Payload);
        Assert.Equal(2, await ((IStateHolder)fresh).State.ReserveAsync("token", 1, Stop));
        CheckReport check = await fresh.Keeper!.CheckAsync(isDeep: true, null, Stop);
        Assert.Empty(check.Failures);
        Assert.Equal(2, check.Epoch);

        // What was rolled after the backup is lost, and its name must not come to mean other material.
        using KeyVersion next = await fresh.RollAsync(KeyName.Parse("key2"), null, null, Stop);
        Assert.Equal("key2@1003", next.Name.Value);
    }

    [Fact]
    public async Task What_may_be_done_with_a_key_outlives_a_new_store_key_and_a_backup()
    {
        using X509Certificate2 curve = BackupLocks.Curve();
        using BackupKeys keys = BackupLocks.Of(curve);
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(store);
        IKeyLifecycle life = (IKeyLifecycle)store;
        await life.ChangeAsync(new LifecycleChange(LifecycleAction.Disable, KeyName.Parse("key1")), Stop);
        await life.ChangeAsync(new LifecycleChange(LifecycleAction.Disable, KeyName.Parse("key3"), KeyVersionName.Parse("key3@2")), Stop);
        await life.ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, KeyName.Parse("key5"), KeyVersionName.Parse("key5@0")), Stop);
        Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop);
        BackupTrial trial = await store.Keeper!.TestBackupAsync(new BackupRequest(Backup, keys), null, Stop);
        Assert.Equal((21, 1), ((int)trial.Canaries, (int)trial.WithoutCanary));
        await using IKeyProvider fresh = await KeptStore.OpenAsync(_elsewhere.File("kms.db"));
        await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup, keys), null, Stop);
        Assert.Equal(await KeptStore.ReadAsync(store), await KeptStore.ReadAsync(fresh));
        Assert.True((await fresh.FindMetadataAsync(KeyName.Parse("key1"), Stop))!.Use.IsDisabled);
        using KeyVersion? destroyed = await fresh.FindVersionAsync(KeyVersionName.Parse("key5@0"), Stop);
        Assert.Equal(VersionUse.VersionDestroyed, destroyed!.Use);
        Assert.Empty((await fresh.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
    }

    [Fact]
    public async Task Two_restores_of_one_backup_differ_and_neither_opens_the_others_rows()
    {
        using BackupKeys words = BackupLocks.Words("correct horse");
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(store);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, words), null, Stop);
        RestoreReport[] reports = new RestoreReport[2];
        for (int i = 0; i < 2; i++)
        {
            await using IKeyProvider fresh = await KeptStore.OpenAsync(_elsewhere.File($"kms{i}.db"));
            reports[i] = await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup, words), null, Stop);
        }

        Assert.Equal((reports[0].BackupId, reports[0].Epoch), (reports[1].BackupId, reports[1].Epoch));
        Assert.NotEqual(reports[0].EpochId, reports[1].EpochId);
        File.Copy(_elsewhere.File("kms0.db.key"), _elsewhere.File("kms1.db.key"), overwrite: true);
        Assert.Equal(ErrorKind.StoreCorrupt, (await Assert.ThrowsAsync<KmsException>(async () => await (await KeptStore.OpenAsync(_elsewhere.File("kms1.db"))).DisposeAsync())).Kind);
    }

    [Fact]
    public async Task A_store_with_keys_and_a_file_that_exists_are_left_alone()
    {
        using BackupKeys words = BackupLocks.Words("correct horse");
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        SortedDictionary<string, string> expected = await KeptStore.FillAsync(store);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, words), null, Stop);
        byte[] file = await File.ReadAllBytesAsync(Backup, Stop);
        Assert.Contains("exists", (await Refused(() => store.Keeper!.BackupAsync(new BackupRequest(Backup, words), null, Stop).AsTask())).Message, StringComparison.Ordinal);
        Assert.Contains("has keys already", (await Refused(() => store.Keeper!.RestoreAsync(new RestoreRequest(Backup, words), null, Stop).AsTask())).Message, StringComparison.Ordinal);
        using BackupKeys nobody = BackupLocks.Of();
        Assert.Contains("could be read by everybody", (await Refused(() => store.Keeper!.BackupAsync(new BackupRequest(Backup + "2", nobody), null, Stop).AsTask())).Message, StringComparison.Ordinal);
        Assert.Equal(file, await File.ReadAllBytesAsync(Backup, Stop));
        Assert.Equal(expected, await KeptStore.ReadAsync(store));
    }

    [Fact]
    public async Task Only_those_it_was_closed_for_open_a_backup()
    {
        using X509Certificate2 rsa = BackupLocks.Rsa();
        using X509Certificate2 curve = BackupLocks.Curve();
        using X509Certificate2 stranger = BackupLocks.Curve();
        using X509Certificate2 rsaPublic = BackupLocks.PublicOf(rsa);
        using X509Certificate2 curvePublic = BackupLocks.PublicOf(curve);
        using BackupKeys all = new(Engine.Secrets.SecretBytes.CopyOf("correct horse"u8), [rsaPublic, curvePublic]);
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(store);
        await store.Keeper!.BackupAsync(new BackupRequest(Backup, all), null, Stop);
        foreach (BackupKeys opener in new[] { BackupLocks.Words("correct horse"), BackupLocks.Of(rsa), BackupLocks.Of(stranger, curve) })
        {
            using (opener)
            {
                Assert.Equal(22, (await store.Keeper!.TestBackupAsync(new BackupRequest(Backup, opener), null, Stop)).Canaries);
            }
        }

        foreach (BackupKeys opener in new[] { BackupLocks.Words("wrong horse"), BackupLocks.Of(stranger), BackupLocks.Of(rsaPublic), BackupLocks.Of(curvePublic) })
        {
            using (opener)
            {
                KmsException refused = await Refused(() => store.Keeper!.TestBackupAsync(new BackupRequest(Backup, opener), null, Stop).AsTask());
                Assert.Equal(ErrorKind.AuthenticationFailed, refused.Kind);
            }
        }
    }

    [Fact]
    public async Task A_backup_under_load_shows_one_instant()
    {
        using X509Certificate2 curve = BackupLocks.Curve();
        using BackupKeys keys = BackupLocks.Of(curve);
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await using IKeyProvider other = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(store, 40);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<int> work = Task.Run(async () =>
        {
            int rolls = 0;
            for (; !done.IsCancellationRequested; rolls++)
            {
                (await other.RollAsync(KeyName.Parse($"key{rolls % 40}"), null, null, Stop)).Dispose();
            }

            return rolls;
        }, Stop);
        for (int i = 0; i < 4; i++)
        {
            BackupReport made = await store.Keeper!.BackupAsync(new BackupRequest($"{Backup}{i}", keys), null, Stop);
            Assert.Empty(made.Failures);
        }

        await done.CancelAsync();
        Assert.InRange(await work, 1, int.MaxValue);
        SortedDictionary<string, string> everything = await KeptStore.ReadAsync(store);
        for (int i = 0; i < 4; i++)
        {
            await using IKeyProvider fresh = await KeptStore.OpenAsync(_elsewhere.File($"kms{i}.db"));
            await fresh.Keeper!.RestoreAsync(new RestoreRequest($"{Backup}{i}", keys), null, Stop);
            SortedDictionary<string, string> found = await KeptStore.ReadAsync(fresh);
            Assert.All(found.Where(static pair => pair.Key.Contains('@', StringComparison.Ordinal)), pair => Assert.Equal(everything[pair.Key], pair.Value));
            Assert.Empty((await fresh.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
        }
    }

    [Fact]
    public async Task A_damaged_row_is_named_and_everything_else_is_backed_up()
    {
        using X509Certificate2 curve = BackupLocks.Curve();
        using BackupKeys keys = BackupLocks.Of(curve);
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            await KeptStore.FillAsync(store);
        }

        await RunSqlAsync(Store, "UPDATE key_version SET sealed = zeroblob(44) WHERE name = 'key3@1'; UPDATE key_incarnation SET sealed = zeroblob(90) WHERE name = 'key2'");
        await using IKeyProvider damaged = await KeptStore.OpenAsync(Store);
        CheckReport check = await damaged.Keeper!.CheckAsync(isDeep: true, null, Stop);
        Assert.Equal(["Key key2", "Version key2@0", "Version key2@1", "Version key2@2", "Version key3@1"], check.Failures.Select(static each => $"{each.Kind} {each.Subject}").Order(StringComparer.Ordinal));
        Assert.Empty((await damaged.Keeper!.CheckAsync(isDeep: false, null, Stop)).Failures);
        BackupReport made = await damaged.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop);
        Assert.Equal(5, made.Failures.Count);
        BackupTrial trial = await damaged.Keeper!.TestBackupAsync(new BackupRequest(Backup, keys), null, Stop);
        Assert.Equal((5, 18, 18), ((int)trial.MissingAtBackup, (int)trial.Counts.Versions, (int)trial.Canaries));
    }

    [Fact]
    public async Task A_database_from_before_a_rotation_is_refused_where_the_later_one_was_seen()
    {
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            await KeptStore.FillAsync(store);
        }

        File.Copy(Store, _elsewhere.File("old.db"));
        File.Copy(Store + ".key", _elsewhere.File("old.key"));
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
            Assert.Equal(2, (await store.Keeper!.CheckAsync(isDeep: false, null, Stop)).Epoch);
        }

        File.Copy(_elsewhere.File("old.db"), Store, overwrite: true);
        File.Copy(_elsewhere.File("old.key"), Store + ".key", overwrite: true);
        KmsException refused = await Refused(async () => await (await KeptStore.OpenAsync(Store)).DisposeAsync());
        Assert.Equal(ErrorKind.StoreCorrupt, refused.Kind);
        Assert.Contains("its epoch is 1, and 2 was seen here", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_notices_that_its_database_was_put_back_or_replaced()
    {
        await using IKeyProvider server = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(server);
        await using (IKeyProvider other = await KeptStore.OpenAsync(_elsewhere.File("kms.db")))
        {
            await KeptStore.FillAsync(other);
        }

        await server.SelfTestAsync(Stop);
        foreach (string tail in new[] { "", "-wal", "-shm" })
        {
            File.Delete(Store + tail);
        }

        File.Move(_elsewhere.File("kms.db"), Store);
        KmsException refused = await Refused(() => server.SelfTestAsync(Stop).AsTask());
        Assert.Contains("is another one than before", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.StoreCorrupt, (await Refused(() => server.FindMetadataAsync(KeyName.Parse("key1"), Stop).AsTask())).Kind);
    }

    internal static async Task RunSqlAsync(string path, string sql)
    {
        await using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Stop);
    }

    private static Task<KmsException> Refused(Func<Task> work) => Assert.ThrowsAnyAsync<KmsException>(work);
}
