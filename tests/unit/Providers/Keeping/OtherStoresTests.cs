using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>Backups of a shared database, also into an embedded store, and of Hadoop's keystore files.</summary>
public sealed class OtherStoresTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Backup => _directory.File("kms.backup");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_backup_moves_between_databases_of_both_kinds()
    {
        using BackupKeys keys = BackupLocks.Words("correct horse");
        await using IKeyProvider store = await PostgresStores.OpenAsync(await server.CreateDatabaseAsync(), _directory.File("one.key"), Stop);
        SortedDictionary<string, string> expected = await KeptStore.FillAsync(store);
        Assert.Empty((await store.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop)).Failures);
        Assert.Equal(22, (await store.Keeper!.TestBackupAsync(new BackupRequest(Backup, keys), null, Stop)).Canaries);
        await using IKeyProvider embedded = await KeptStore.OpenAsync(_directory.File("kms.db"));
        await embedded.Keeper!.RestoreAsync(new RestoreRequest(Backup, keys), null, Stop);
        Assert.Equal(expected, await KeptStore.ReadAsync(embedded));
        await embedded.Keeper!.BackupAsync(new BackupRequest(Backup + "2", keys), null, Stop);
        await using IKeyProvider fresh = await PostgresStores.OpenAsync(await server.CreateDatabaseAsync(), _directory.File("two.key"), Stop);
        RestoreReport report = await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup + "2", keys), null, Stop);
        Assert.Equal(3, report.Epoch);
        Assert.Equal(expected, await KeptStore.ReadAsync(fresh));
        Assert.Empty((await fresh.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
        Assert.Empty((await fresh.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop)).Repairs);
        Assert.True((await fresh.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, Stop)).IsFinished);
        Assert.Equal(expected, await KeptStore.ReadAsync(fresh));
    }

    [Fact]
    public async Task A_keystore_file_is_carried_as_it_stands()
    {
        using BackupKeys keys = BackupLocks.Words("correct horse");
        await using IKeyProvider store = await OpenKeystoreAsync("one.keystore");
        KeyName name = KeyName.Parse("alpha");
        (await store.CreateAsync(NewKey.Default(name), Stop)).Dispose();
        (await store.RollAsync(name, null, null, Stop)).Dispose();
        BackupReport made = await store.Keeper!.BackupAsync(new BackupRequest(Backup, keys), null, Stop);
        Assert.Equal((1, 2), ((int)made.Counts.Keys, (int)made.Counts.Versions));
        BackupTrial trial = await store.Keeper!.TestBackupAsync(new BackupRequest(Backup, keys), null, Stop);
        Assert.Equal((2, 0), ((int)trial.Counts.Versions, trial.Failures.Count));
        await using IKeyProvider fresh = await OpenKeystoreAsync("two.keystore");
        await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup, keys), null, Stop);
        Assert.Equal(await File.ReadAllBytesAsync(_directory.File("one.keystore"), Stop), await File.ReadAllBytesAsync(_directory.File("two.keystore"), Stop));
        Assert.Equal(await KeptStore.ReadAsync(store), await KeptStore.ReadAsync(fresh));
        Assert.Contains("exists", (await Assert.ThrowsAsync<KmsException>(async () => await fresh.Keeper!.RestoreAsync(new RestoreRequest(Backup, keys), null, Stop))).Message, StringComparison.Ordinal);
        await using IKeyProvider database = await KeptStore.OpenAsync(_directory.File("kms.db"));
        Assert.Contains("is of a keystore file", (await Assert.ThrowsAsync<KmsException>(async () => await database.Keeper!.RestoreAsync(new RestoreRequest(Backup, keys), null, Stop))).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Unsupported, (await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop))).Kind);
    }

    private ValueTask<IKeyProvider> OpenKeystoreAsync(string file) =>
        new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"jceks://file@{_directory.File(file)}"), PostgresStores.Context(("jdk.jceks.iterationCount", "10000")) with { Environment = static _ => null }, Stop);
}
