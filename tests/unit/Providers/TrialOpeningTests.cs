using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>A store that is only asked what would be done to it: what is there is opened as it stands, and what is not is not made.</summary>
public sealed class TrialOpeningTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly KeyName Name = KeyName.Parse("k");

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Sqlite => $"sqlite://file@{_directory.File("kms.db")}";

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_embedded_store_that_is_not_there_is_empty_and_nothing_is_made()
    {
        await using (IKeyProvider store = await OpenAsync(Sqlite))
        {
            await AssertEmptyAsync(store);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_file_that_SQLite_left_empty_stays_empty()
    {
        File.WriteAllBytes(_directory.File("kms.db"), []);
        await using (IKeyProvider store = await OpenAsync(Sqlite))
        {
            await AssertEmptyAsync(store);
        }

        Assert.Equal(0, new FileInfo(Assert.Single(Directory.GetFiles(_directory.Path))).Length);
    }

    [Fact]
    public async Task A_PostgreSQL_database_without_our_tables_stays_without_them()
    {
        string uri = await server.CreateDatabaseAsync();
        await using (IKeyProvider store = await OpenAsync(uri, ("kmsps.store.key.file", _directory.File("store.key"))))
        {
            await AssertEmptyAsync(store);
        }

        Assert.Equal("0", (await server.SqlAsync(PostgresServer.DatabaseOf(uri), "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")).Trim());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_store_that_is_there_is_opened()
    {
        await using (IKeyProvider store = await MakeAsync(Sqlite))
        {
            using KeyVersion version = await store.CreateAsync(NewKey.Default(Name), Stop);
        }

        await using IKeyProvider trial = await OpenAsync(Sqlite);
        Assert.NotNull(await trial.FindMetadataAsync(Name, Stop));
        await trial.SelfTestAsync(Stop);
    }

    [Fact]
    public async Task A_store_of_an_older_release_is_refused_and_not_moved()
    {
        foreach (string name in (string[])["kms.db", "kms.db.key"])
        {
            File.Copy(Vectors.Path("stores", "schema-1", name), _directory.File(name));
        }

        byte[] before = File.ReadAllBytes(_directory.File("kms.db"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_directory.File("kms.db.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync(Sqlite));
        Assert.Contains("older release", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_directory.File("kms.db")));
    }

    [Fact]
    public async Task What_the_real_run_would_refuse_is_refused()
    {
        KmsException noFolder = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync($"sqlite://file@{_directory.File("absent/kms.db")}"));
        Assert.Contains("cannot be made", noFolder.Message, StringComparison.Ordinal);
        KmsException folder = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync($"sqlite://file@{_directory.Path}"));
        Assert.Contains("it is a folder", folder.Message, StringComparison.Ordinal);
        File.WriteAllText(_directory.File("kms.db.key"), "the key of a database that was lost");
        KmsException lost = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync(Sqlite));
        Assert.Contains("its content was lost", lost.Message, StringComparison.Ordinal);
        KmsException nobody = await Assert.ThrowsAsync<ConfigurationException>(async () => await OpenAsync("nosuch://file@/a"));
        Assert.Contains("nosuch", nobody.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_interrupted_write_left_of_a_Java_keystore_is_read_where_it_lies()
    {
        string uri = $"jceks://file@{_directory.File("kms.keystore")}";
        await using (IKeyProvider store = await MakeAsync(uri))
        {
            using KeyVersion version = await store.CreateAsync(NewKey.Default(Name), Stop);
        }

        File.Move(_directory.File("kms.keystore"), _directory.File("kms.keystore_OLD"));
        string[] before = Files();
        await using (IKeyProvider trial = await OpenAsync(uri))
        {
            Assert.Equal(Name, (await trial.FindMetadataAsync(Name, Stop))?.Name);
        }

        Assert.Equal(before, Files());
    }

    private string[] Files() => [.. Directory.GetFiles(_directory.Path).Order(StringComparer.Ordinal)];

    private static async Task AssertEmptyAsync(IKeyProvider store)
    {
        await store.SelfTestAsync(Stop);
        Assert.IsAssignableFrom<IKeyLifecycle>(store);
        Assert.Null(await store.FindMetadataAsync(Name, Stop));
        Assert.Empty(await store.ListAsync(Stop).ToListAsync(Stop));
        Assert.Empty(await store.ListNamesAsync(Stop).ToListAsync(Stop));
        KmsException absent = await Assert.ThrowsAsync<KmsException>(async () => await store.CreateAsync(NewKey.Default(Name), Stop));
        Assert.Contains("There is no store", absent.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: true), null, Stop));
    }

    private static ValueTask<IKeyProvider> MakeAsync(string uri) => new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse(uri), PostgresStores.Context(), Stop);

    private static ValueTask<IKeyProvider> OpenAsync(string uri, params (string Name, string Value)[] properties) =>
        new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse(uri), PostgresStores.Context(properties) with { IsTrial = true }, Stop);
}
