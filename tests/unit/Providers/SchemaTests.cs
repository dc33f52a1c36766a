using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers;

/// <summary>
/// Stores of an earlier schema are opened, moved and lose nothing; rows of keys that nothing limits look as they were written.
/// </summary>
public sealed class SchemaTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_SQLite_store_of_schema_1_is_moved_and_loses_nothing()
    {
        CopyFiles("kms.db", "kms.db.key");
        for (int opening = 0; opening < 2; opening++)
        {
            await using IKeyProvider store = await OpenSqliteAsync();
            await ProveAsync(store);
        }

        await using (IKeyProvider store = await OpenSqliteAsync())
        {
            await UseAsync(store);
        }

        Assert.Equal("3|3", await SqliteAsync("SELECT schema_version || '|' || (SELECT value FROM sequence WHERE name = 'schema.step') FROM store"));
    }

    [Fact]
    public async Task A_PostgreSQL_store_of_schema_1_is_moved_and_loses_nothing()
    {
        CopyFiles("postgres.key");
        string uri = await server.CreateDatabaseAsync();
        await server.SqlAsync(PostgresServer.DatabaseOf(uri), Dump());
        for (int opening = 0; opening < 2; opening++)
        {
            await using IKeyProvider store = await PostgresStores.OpenAsync(uri, _directory.File("postgres.key"), Stop);
            await ProveAsync(store);
        }

        await using (IKeyProvider store = await PostgresStores.OpenAsync(uri, _directory.File("postgres.key"), Stop))
        {
            await UseAsync(store);
        }

        string told = await server.SqlAsync(PostgresServer.DatabaseOf(uri), "SELECT schema_version || '|' || (SELECT value FROM sequence WHERE name = 'schema.step') FROM store");
        Assert.Equal("3|3", told.Trim());
    }

    [Fact]
    public async Task Servers_that_start_at_once_move_a_store_once()
    {
        CopyFiles("postgres.key");
        string uri = await server.CreateDatabaseAsync();
        await server.SqlAsync(PostgresServer.DatabaseOf(uri), Dump());
        IKeyProvider[] stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostgresStores.OpenAsync(uri, _directory.File("postgres.key"), Stop).AsTask()));
        foreach (IKeyProvider store in stores)
        {
            await ProveAsync(store);
            await store.DisposeAsync();
        }
    }

    private static async Task ProveAsync(IKeyProvider store)
    {
        await store.SelfTestAsync(Stop);
        Assert.Equal(["a", "again", "ключ/ü"], await store.ListAsync(Stop).Select(static key => key.Name.Value).Order(StringComparer.Ordinal).ToListAsync(Stop));
        KeyMetadata? a = await store.FindMetadataAsync(KeyName.Parse("a"), Stop);
        Assert.Equal(("the first", "Zoë", "list", "a@1", 2), (a?.Description, a?.Attributes["owner"], a?.AclName, a?.Current.Value, a?.Versions));
        Assert.Equal(KeyUse.Plain, a?.Use);
        foreach ((string version, string material) in new[] { ("a@0", "0123456789abcdef"), ("a@1", "fedcba9876543210"), ("ключ/ü@0", "0123456789abcdef"), ("again@1", "fedcba9876543210") })
        {
            using KeyVersion? found = await store.FindVersionAsync(KeyVersionName.Parse(version), Stop);
            Assert.NotNull(found);
            Assert.Equal(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(material)), ProviderHistory.Hex(found));
        }

        Assert.Equal(["again", "gone"], await ((ISoftDelete)store).ListDeletedAsync(Stop).Select(static key => key.Name.Value).ToListAsync(Stop));
        Assert.Equal("shared"u8.ToArray(), (await ((IStateHolder)store).State.FindAsync("test", "one", Stop))?.Payload);
        KeyLifecycle? facts = await ((IKeyLifecycle)store).FindLifecycleAsync(KeyName.Parse("a"), Stop);
        Assert.All(facts!.Versions, static version => Assert.Equal((VersionUse.Allowed, null), (version.Use, version.LastUsed)));
    }

    private static async Task UseAsync(IKeyProvider store)
    {
        IKeyLifecycle lifecycle = (IKeyLifecycle)store;
        KeyName a = KeyName.Parse("a");
        KeyName fresh = KeyName.Parse("fresh");
        (await store.CreateAsync(NewKey.Default(fresh), Stop)).Dispose();
        await store.DeleteAsync(fresh, Stop);
        await ((ISoftDelete)store).PurgeAsync(fresh, Stop);
        using (KeyVersion again = await store.CreateAsync(NewKey.Default(fresh), Stop))
        {
            Assert.Equal("fresh@1", again.Name.Value);
        }

        await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.Disable, a), Stop);
        Assert.Equal(ErrorKind.KeyDisabled, (await Assert.ThrowsAsync<KmsException>(async () => await store.RollAsync(a, null, null, Stop))).Kind);
        await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.Enable, a), Stop);
        (await store.RollAsync(a, null, KeyVersionName.Parse("a@1"), Stop)).Dispose();
        lifecycle.NoteUse(KeyVersionName.Parse("a@2"));
        await lifecycle.FlushUsesAsync(Stop);
        Assert.NotNull((await lifecycle.FindLifecycleAsync(a, Stop))?.Versions[2].LastUsed);
    }

    // psql's own commands, which newer versions of pg_dump write around a dump, are not the database's.
    private static string Dump() => string.Join('\n', File.ReadLines(Vectors.Path("stores", "schema-1", "postgres.sql")).Where(static line => !line.StartsWith('\\') && !line.Contains("set_config('search_path'", StringComparison.Ordinal)));

    private void CopyFiles(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            File.Copy(Vectors.Path("stores", "schema-1", name), _directory.File(name));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_directory.File(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private ValueTask<IKeyProvider> OpenSqliteAsync() =>
        new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System, Stop);

    private async Task<string> SqliteAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={_directory.File("kms.db")};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(Stop), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }
}
