using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>The store key of an embedded store: replaced under load, locked with a passphrase, and missed when it is another one.</summary>
public sealed class StoreRekeyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Path => _directory.File("kms.db");

    private string KeyFile => Path + ".key";

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_row_is_sealed_anew_and_the_old_key_is_retired()
    {
        SortedDictionary<string, string> expected;
        string before;
        await using (IKeyProvider store = await KeptStore.OpenAsync(Path))
        {
            expected = await KeptStore.FillAsync(store);
            before = await File.ReadAllTextAsync(KeyFile, Stop);
            List<StoreProgress> told = [];
            RekeyReport report = await store.Keeper!.RekeyAsync(new RekeyRequest(), new Told(told), Stop);
            Assert.True(report.IsFinished);
            Assert.False(report.IsResumed);
            Assert.Empty(report.Failures);
            Assert.Equal(KeyFile, report.KeyFile);
            Assert.Contains(report.Retired.Single(), before, StringComparison.Ordinal);
            Assert.Equal((report.Resealed, report.Resealed), (told[^1].Done, told[^1].Total));
            Assert.Equal(expected, await KeptStore.ReadAsync(store));
        }

        string after = await File.ReadAllTextAsync(KeyFile, Stop);
        Assert.Single(after.Split('\n'), static line => line.StartsWith("kmsps-store-key-1 ", StringComparison.Ordinal));
        Assert.NotEqual(before, after);
        Assert.Equal(before, await File.ReadAllTextAsync(KeyFile + ".retired", Stop));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile + ".retired"));
        }

        await using IKeyProvider again = await KeptStore.OpenAsync(Path);
        Assert.Equal(expected, await KeptStore.ReadAsync(again));
        Assert.Equal([1, 2, 3], (await ((IStateHolder)again).State.FindAsync("cookie", "one", Stop))!.Payload);
        Assert.Equal("gone", (await ((ISoftDelete)again).RestoreAsync(KeyName.Parse("gone"), Stop)).Name.Value);
    }

    [Fact]
    public async Task Another_server_goes_on_reading_and_writing_meanwhile()
    {
        await using IKeyProvider one = await KeptStore.OpenAsync(Path);
        await using IKeyProvider other = await KeptStore.OpenAsync(Path);
        await KeptStore.FillAsync(one);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<int> work = Task.Run(async () =>
        {
            int rolls = 0;
            while (!done.IsCancellationRequested)
            {
                using KeyVersion made = await other.RollAsync(KeyName.Parse("key1"), null, null, Stop);
                using KeyVersion? found = await one.FindVersionAsync(made.Name, Stop);
                Assert.Equal(ProviderHistory.Hex(made), ProviderHistory.Hex(found!));
                rolls++;
            }

            return rolls;
        }, Stop);
        for (int i = 0; i < 3; i++)
        {
            Assert.True((await one.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        }

        await done.CancelAsync();
        Assert.InRange(await work, 1, int.MaxValue);
        Assert.Equal(await KeptStore.ReadAsync(one), await KeptStore.ReadAsync(other));
    }

    [Fact]
    public async Task A_write_that_meets_one_rotation_after_another_is_done_in_the_end()
    {
        await using IKeyProvider one = await KeptStore.OpenAsync(Path);
        await KeptStore.FillAsync(one);
        RestlessKeySource source = new(new StoreKeyFile(KeyFile));
        await using SqlKeyProvider other = new(one.Uri, await SqlStore.OpenAsync(new SqliteDialect(Path), source, Path + "-epoch", TimeProvider.System, Stop), new ChangeFile(Path + "-changes"), reusesNames: true);
        Assert.True((await one.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        int rotations = 4;
        source.BeforeReading = async () => rotations -= rotations > 0 && (await one.Keeper.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished ? 1 : 0;
        using KeyVersion made = await other.RollAsync(KeyName.Parse("key1"), null, null, Stop);
        Assert.Equal(0, rotations);
        using KeyVersion? found = await one.FindVersionAsync(made.Name, Stop);
        Assert.Equal(ProviderHistory.Hex(made), ProviderHistory.Hex(found!));
    }

    [Fact]
    public async Task A_clock_that_went_back_does_not_make_the_new_key_the_older_one()
    {
        await using (IKeyProvider first = await KeptStore.OpenAsync(Path, new ManualTime()))
        {
            await KeptStore.FillAsync(first);
        }

        ManualTime time = new(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using IKeyProvider store = await KeptStore.OpenAsync(Path, time);
        Task<RekeyReport> running = store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop).AsTask();
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Stop);
        }

        RekeyReport report = await running;
        Assert.True(report.IsFinished);
        Assert.NotEqual(report.StoreKeyId, report.Retired.Single());
        Assert.Contains(report.StoreKeyId, await File.ReadAllTextAsync(KeyFile, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_does_not_open_keeps_the_old_key_in_use_and_is_named()
    {
        await using (IKeyProvider store = await KeptStore.OpenAsync(Path))
        {
            await KeptStore.FillAsync(store);
        }

        await RunSqlAsync("UPDATE key_version SET sealed = zeroblob(44) WHERE name = 'key3@1'");
        await using IKeyProvider again = await KeptStore.OpenAsync(Path);
        RekeyReport report = await again.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop);
        Assert.False(report.IsFinished);
        Assert.Empty(report.Retired);
        Assert.Equal(("Version", "key3@1"), (report.Failures.Single().Kind, report.Failures.Single().Subject));
        RekeyReport second = await again.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop);
        Assert.True(second.IsResumed);
        Assert.Equal((report.StoreKeyId, 0), (second.StoreKeyId, second.Resealed));
        using KeyVersion? readable = await again.FindCurrentAsync(KeyName.Parse("key3"), Stop);
        Assert.NotNull(readable);
    }

    [Fact]
    public async Task A_staged_key_is_used_only_when_it_is_named()
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(Path);
        SortedDictionary<string, string> expected = await KeptStore.FillAsync(store);
        RekeyReport staged = await store.Keeper!.RekeyAsync(new RekeyRequest(StageOnly: true), null, Stop);
        Assert.False(staged.IsFinished);
        Assert.Equal(2, (await File.ReadAllTextAsync(KeyFile, Stop)).Split("kmsps-store-key-1 ").Length - 1);
        KmsException unknown = await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(StagedKeyId: new string('0', 32)), null, Stop));
        Assert.Equal(ErrorKind.InvalidRequest, unknown.Kind);
        RekeyReport report = await store.Keeper!.RekeyAsync(new RekeyRequest(StagedKeyId: staged.StoreKeyId), null, Stop);
        Assert.Equal((staged.StoreKeyId, true), (report.StoreKeyId, report.IsFinished));
        Assert.Contains("is in use already", (await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(StagedKeyId: staged.StoreKeyId), null, Stop))).Message, StringComparison.Ordinal);
        Assert.Equal(expected, await KeptStore.ReadAsync(store));
    }

    [Fact]
    public async Task One_rotation_at_a_time_changes_the_key_file()
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(Path);
        await using (FileStream held = new(KeyFile + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
        {
            Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop))).Kind);
        }

        Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
    }

    [Fact]
    public async Task A_passphrase_locks_the_key_file_also_through_a_rotation()
    {
        (string, string) right = ("KMSPS_STORE_KEY_PASSPHRASE", "correct horse");
        SortedDictionary<string, string> expected;
        await using (IKeyProvider store = await KeptStore.OpenAsync(Path, right))
        {
            expected = await KeptStore.FillAsync(store);
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        }

        string text = await File.ReadAllTextAsync(KeyFile, Stop);
        Assert.Contains("kmsps-store-key-pbkdf2-1 ", text, StringComparison.Ordinal);
        Assert.Contains(" 300000 ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("kmsps-store-key-1 ", text, StringComparison.Ordinal);
        string file = _directory.File("passphrase");
        await File.WriteAllTextAsync(file, "correct horse\n", Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }

        await using (IKeyProvider store = await KeptStore.OpenAsync(Path, ("kmsps.store.key.passphrase.file", file)))
        {
            Assert.Equal(expected, await KeptStore.ReadAsync(store));
        }

        Assert.Contains("locked with a passphrase, and none is set", (await Refused()).Message, StringComparison.Ordinal);
        ConfigurationException wrong = await Refused(("KMSPS_STORE_KEY_PASSPHRASE", "wrong horse"));
        Assert.Contains("The passphrase does not open store key", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", wrong.ToString(), StringComparison.Ordinal);
        File.Move(file, _directory.File("kmsps-store-key-passphrase"));
        await using IKeyProvider credential = await KeptStore.OpenAsync(Path, ("CREDENTIALS_DIRECTORY", _directory.Path));
        Assert.Equal(expected, await KeptStore.ReadAsync(credential));
    }

    [Theory]
    [InlineData(" 300000 ", " 300001 ")]
    [InlineData(" 300000 ", " 0 ")]
    [InlineData(" 300000 ", " 2000000000 ")]
    [InlineData("pbkdf2-1", "pbkdf2-2")]
    public async Task A_changed_line_of_a_locked_key_file_is_refused(string from, string to)
    {
        (string, string) right = ("KMSPS_STORE_KEY_PASSPHRASE", "correct horse");
        await (await KeptStore.OpenAsync(Path, right)).DisposeAsync();
        string text = await File.ReadAllTextAsync(KeyFile, Stop);
        await File.WriteAllTextAsync(KeyFile, text.Replace(from, to, StringComparison.Ordinal), Stop);
        await Refused(right);
    }

    private async Task<ConfigurationException> Refused(params (string, string)[] properties) =>
        await Assert.ThrowsAsync<ConfigurationException>(async () => await (await KeptStore.OpenAsync(Path, properties)).DisposeAsync());

    private async Task RunSqlAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Stop);
    }

    private sealed class Told(List<StoreProgress> told) : IProgress<StoreProgress>
    {
        public void Report(StoreProgress value) => told.Add(value);
    }
}
