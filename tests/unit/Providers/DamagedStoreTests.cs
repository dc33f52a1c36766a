using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers;

/// <summary>What is done to a store behind its back is detected or harmless, and said in one sentence; never is wrong material served.</summary>
public sealed class DamagedStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Path => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE name = 'b@1') WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE name = 'a@0') WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET sealed = substr(sealed, 1, 30) WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET sealed = 'text' WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET number = 7 WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET created_ms = 5 WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_version SET name = 'a@9' WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_incarnation SET sealed = (SELECT sealed FROM key_incarnation WHERE name = 'b') WHERE name = 'a'", "a")]
    [InlineData("DELETE FROM key_version WHERE name = 'a@1'", "a")]
    [InlineData("UPDATE key_name SET next_number = 0 WHERE name = 'a'", "a")]
    [InlineData("UPDATE key_version SET incarnation = (SELECT incarnation FROM key_incarnation WHERE name = 'b'), number = 5 WHERE name = 'a@1'", "b")]
    [InlineData("UPDATE key_incarnation SET deleted_order = NULL WHERE name = 'gone'", "gone")]
    [InlineData("UPDATE store_key SET store_key_id = x'00112233445566778899aabbccddeeff'", "")]
    public async Task An_edited_row_is_refused(string edit, string key)
    {
        await MakeAsync();
        await RunSqlAsync("PRAGMA foreign_keys = OFF; " + edit);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () =>
        {
            await using IKeyProvider store = await OpenAsync();
            (await store.FindCurrentAsync(KeyName.Parse(key.Length == 0 ? "a" : key), Stop))?.Dispose();
        });
        Assert.Equal(ErrorKind.StoreCorrupt, failure.Kind);
        Assert.NotNull(failure.Remedy);
        if (key.Length > 0)
        {
            await using IKeyProvider store = await OpenAsync();
            using KeyVersion? other = await store.FindCurrentAsync(KeyName.Parse("other"), Stop);
            Assert.NotNull(other);
        }
    }

    [Fact]
    public async Task A_row_of_an_earlier_time_is_refused()
    {
        await MakeAsync();
        await RunSqlAsync("CREATE TABLE old AS SELECT * FROM key_incarnation WHERE name = 'a'");
        await using (IKeyProvider store = await OpenAsync())
        {
            (await store.RollAsync(KeyName.Parse("a"), null, null, Stop)).Dispose();
        }

        await RunSqlAsync("UPDATE key_incarnation SET sealed = (SELECT sealed FROM old) WHERE name = 'a'; DROP TABLE old");
        await using IKeyProvider again = await OpenAsync();
        Assert.Equal(ErrorKind.StoreCorrupt, (await Assert.ThrowsAsync<KmsException>(async () => await again.FindMetadataAsync(KeyName.Parse("a"), Stop))).Kind);
    }

    [Theory]
    [InlineData("DELETE FROM state_record WHERE kind = 'key.use'")]
    [InlineData("UPDATE state_record SET expires_ms = 5 WHERE kind = 'key.use'")]
    [InlineData("UPDATE state_record SET revision = 2 WHERE kind = 'key.use'")]
    [InlineData("UPDATE state_record SET id = id + 1 WHERE kind = 'key.use'")]
    [InlineData("UPDATE key_incarnation SET sealed = (SELECT sealed FROM old_key) WHERE name = 'a'")]
    [InlineData("UPDATE state_record SET sealed = (SELECT sealed FROM old_use), revision = (SELECT revision FROM old_use) WHERE kind = 'key.use'")]
    public async Task A_disabled_key_is_not_enabled_behind_the_back_of_its_store(string edit)
    {
        await MakeAsync();
        await ChangeAsync(LifecycleAction.Disable, LifecycleAction.Enable);
        await RunSqlAsync("CREATE TABLE old_key AS SELECT * FROM key_incarnation WHERE name = 'a'; CREATE TABLE old_use AS SELECT * FROM state_record WHERE kind = 'key.use'");
        await ChangeAsync(LifecycleAction.Disable);
        await RunSqlAsync(edit + "; DROP TABLE old_key; DROP TABLE old_use");
        await using IKeyProvider again = await OpenAsync();
        Assert.Equal(ErrorKind.StoreCorrupt, (await Assert.ThrowsAsync<KmsException>(async () => await again.FindCurrentAsync(KeyName.Parse("a"), Stop))).Kind);
        using KeyVersion? other = await again.FindCurrentAsync(KeyName.Parse("other"), Stop);
        Assert.NotNull(other?.Material);
    }

    [Fact]
    public async Task A_destroyed_version_stays_destroyed_when_its_row_is_put_back()
    {
        await MakeAsync();
        await RunSqlAsync("CREATE TABLE old AS SELECT * FROM key_version WHERE name = 'a@0'");
        await using (IKeyProvider store = await OpenAsync())
        {
            await ((IKeyLifecycle)store).ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, KeyName.Parse("a"), KeyVersionName.Parse("a@0")), Stop);
        }

        await RunSqlAsync("UPDATE key_version SET sealed = (SELECT sealed FROM old) WHERE name = 'a@0'; DROP TABLE old");
        await using IKeyProvider again = await OpenAsync();
        using KeyVersion? found = await again.FindVersionAsync(KeyVersionName.Parse("a@0"), Stop);
        Assert.Equal((VersionUse.VersionDestroyed, true), (found?.Use, found?.Material is null));
    }

    [Fact]
    public async Task A_flipped_bit_never_gives_other_material()
    {
        Dictionary<string, string> expected = await MakeAsync();
        byte[] whole = await File.ReadAllBytesAsync(Path, Stop);
        int detected = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[(int)((long)i * 7919 * 31 % whole.Length)] ^= (byte)(1 << (i % 8));
            File.Delete(Path + "-wal");
            File.Delete(Path + "-shm");
            await File.WriteAllBytesAsync(Path, flipped, Stop);
            detected += await IsDetectedAsync(expected) ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{detected} of 300 flips were detected, the others lay in free space or changed nothing");
        Assert.InRange(detected, 1, 300);
    }

    [Theory]
    [InlineData(0, "its content was lost")]
    [InlineData(50, "")]
    [InlineData(4096, "")]
    [InlineData(9000, "")]
    public async Task A_truncated_database_is_refused(int length, string words)
    {
        await MakeAsync();
        await using (FileStream file = new(Path, FileMode.Open))
        {
            file.SetLength(length);
        }

        Assert.True(await IsDetectedAsync([]));
        KmsException failure = await Assert.ThrowsAnyAsync<KmsException>(ReadAllAsync);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.StoreCorrupt, failure.Kind);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(Path, new string('x', 5000), Stop);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(ReadAllAsync);
        Assert.Equal((ErrorKind.StoreCorrupt, $"The file {Path} is no key store of ours"), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task A_store_key_that_is_missing_open_to_others_or_another_stores_is_refused()
    {
        await MakeAsync();
        string key = Path + ".key";
        byte[] text = await File.ReadAllBytesAsync(key, Stop);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("is open to others", (await Assert.ThrowsAsync<ConfigurationException>(ReadAllAsync)).Message, StringComparison.Ordinal);
        }

        File.Delete(key);
        Assert.Equal($"The store's key file {key} is missing", (await Assert.ThrowsAsync<KmsException>(ReadAllAsync)).Message);
        Assert.False(File.Exists(key));
        foreach ((string content, string words) in new[] { ("", "it has 0 bytes"), ("# nothing\n", "there is no key in it"), ("nonsense\n", "the line does not read") })
        {
            await WriteKeyAsync(key, System.Text.Encoding.ASCII.GetBytes(content));
            Assert.Contains(words, (await Assert.ThrowsAsync<ConfigurationException>(ReadAllAsync)).Message, StringComparison.Ordinal);
        }

        byte[] other = (byte[])text.Clone();
        other[^10] = (byte)(other[^10] == 'A' ? 'B' : 'A');
        await WriteKeyAsync(key, other);
        KmsException wrong = await Assert.ThrowsAsync<KmsException>(ReadAllAsync);
        Assert.Contains("is sealed under store key", wrong.Message, StringComparison.Ordinal);
        await WriteKeyAsync(key, text);
        await ReadAllAsync();
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await MakeAsync();
        await RunSqlAsync("UPDATE store SET schema_version = 99");
        Assert.Contains("has schema version 99", (await Assert.ThrowsAsync<KmsException>(ReadAllAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_servers_that_start_at_once_one_makes_the_store()
    {
        IKeyProvider[] all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () => await OpenAsync(), Stop)));
        foreach (IKeyProvider store in all)
        {
            await store.SelfTestAsync(Stop);
            await store.DisposeAsync();
        }

        Assert.False(File.Exists(Path + ".key.new"));
    }

    private async Task ChangeAsync(params LifecycleAction[] actions)
    {
        await using IKeyProvider store = await OpenAsync();
        foreach (LifecycleAction action in actions)
        {
            await ((IKeyLifecycle)store).ChangeAsync(new LifecycleChange(action, KeyName.Parse("a")), Stop);
        }
    }

    private async Task<Dictionary<string, string>> MakeAsync()
    {
        Dictionary<string, string> made = new(StringComparer.Ordinal);
        await using IKeyProvider store = await OpenAsync();
        foreach (string name in new[] { "a", "b", "gone", "other" })
        {
            using KeyVersion first = await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), Stop);
            using KeyVersion second = await store.RollAsync(KeyName.Parse(name), null, null, Stop);
            made.Add(first.Name.Value, ProviderHistory.Hex(first));
            made.Add(second.Name.Value, ProviderHistory.Hex(second));
        }

        // A name has a row of its own from the first delete on.
        await store.DeleteAsync(KeyName.Parse("a"), Stop);
        await ((ISoftDelete)store).RestoreAsync(KeyName.Parse("a"), Stop);
        await store.DeleteAsync(KeyName.Parse("gone"), Stop);
        return made;
    }

    private async Task<bool> IsDetectedAsync(Dictionary<string, string> expected)
    {
        try
        {
            await using IKeyProvider store = await OpenAsync();
            foreach ((string name, string hex) in expected.Where(static pair => !pair.Key.StartsWith("gone", StringComparison.Ordinal)))
            {
                using KeyVersion? found = await store.FindVersionAsync(KeyVersionName.Parse(name), Stop);
                if (found is null)
                {
                    return true;
                }

                Assert.Equal(hex, ProviderHistory.Hex(found));
            }

            await store.ListAsync(Stop).CountAsync(Stop);
            return false;
        }
        catch (KmsException)
        {
            return true;
        }
    }

    private async Task ReadAllAsync()
    {
        await using IKeyProvider store = await OpenAsync();
        await store.SelfTestAsync(Stop);
        await store.ListAsync(Stop).CountAsync(Stop);
        (await store.FindCurrentAsync(KeyName.Parse("a"), Stop))?.Dispose();
    }

    private async Task RunSqlAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Stop);
    }

    private static async Task WriteKeyAsync(string path, byte[] content)
    {
        await File.WriteAllBytesAsync(path, content, Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private async Task<IKeyProvider> OpenAsync() =>
        await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{Path}"), ProviderContext.System, Stop);
}
