using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers;

/// <summary>Writes to the embedded store that go to the disk together stay writes of their own.</summary>
public sealed class GroupCommitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Database => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Of_many_at_once_each_is_answered_for_itself_and_is_there_when_it_is()
    {
        await using IKeyProvider store = await OpenAsync();
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("taken")), Stop)).Dispose();
        string[] wanted = [.. Enumerable.Range(0, 200).Select(static i => i % 4 == 0 ? "taken" : $"k{i}")];
        ErrorKind?[] ends = await Task.WhenAll(wanted.Select(async name =>
        {
            try
            {
                (await Task.Run(async () => await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), Stop), Stop)).Dispose();
                Assert.NotNull(await store.FindMetadataAsync(KeyName.Parse(name), Stop));
                return (ErrorKind?)null;
            }
            catch (KmsException refusal)
            {
                return refusal.Kind;
            }
        }));
        Assert.Equal(wanted.Select(static name => name == "taken" ? ErrorKind.KeyAlreadyExists : (ErrorKind?)null), ends);
        Assert.Equal(151, await store.ListAsync(Stop).CountAsync(Stop));
    }

    [Fact]
    public async Task Rolls_of_one_key_at_once_leave_no_gap_and_no_duplicate()
    {
        await using IKeyProvider store = await OpenAsync();
        KeyName key = KeyName.Parse("k");
        (await store.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        string[] made = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(
            async () =>
            {
                using KeyVersion version = await store.RollAsync(key, null, null, Stop);
                return version.Name.Value;
            },
            Stop)));
        Assert.Equal(Enumerable.Range(1, 100).Select(static i => $"k@{i}").Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task While_another_process_holds_the_file_all_who_wait_are_told_and_nothing_is_written()
    {
        await using IKeyProvider store = await OpenAsync();
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("before")), Stop)).Dispose();
        await using SqliteConnection other = new(new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false }.ToString());
        await other.OpenAsync(Stop);
        await using SqliteCommand hold = other.CreateCommand();
        hold.CommandText = "BEGIN IMMEDIATE";
        await hold.ExecuteNonQueryAsync(Stop);
        using CancellationTokenSource impatient = new(TimeSpan.FromMilliseconds(300));
        Task<KeyVersion> first = Task.Run(async () => await store.CreateAsync(NewKey.Default(KeyName.Parse("first")), Stop), Stop);
        await Task.Delay(100, Stop);

        // It only waits for its turn, so it may go.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CreateAsync(NewKey.Default(KeyName.Parse("second")), impatient.Token));
        hold.CommandText = "ROLLBACK";
        await hold.ExecuteNonQueryAsync(Stop);
        (await first).Dispose();
        Assert.Equal(["before", "first"], (await store.ListNamesAsync(Stop).ToListAsync(Stop)).Select(static name => name.Value));
    }

    [Fact]
    public async Task Many_writers_cost_fewer_commits_than_writes()
    {
        await using IKeyProvider store = await OpenAsync();
        await CreateManyAsync(store, "warm", 64);
        long before = await CommitsAsync();
        await CreateManyAsync(store, "k", 256);
        long commits = await CommitsAsync() - before;
        Assert.InRange(commits, 1, 128);
    }

    private static Task CreateManyAsync(IKeyProvider store, string prefix, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(
        async () => (await store.CreateAsync(NewKey.Default(KeyName.Parse($"{prefix}{i}")), Stop)).Dispose(), Stop)));

    // SOURCE: https://www.sqlite.org/fileformat2.html#walformat. A frame that ends a commit has the database's size as its second word.
    private async Task<long> CommitsAsync()
    {
        const int Header = 32;
        const int FrameHeader = 24;
        await using FileStream log = new(Database + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[log.Length];
        await log.ReadExactlyAsync(bytes, Stop);
        int page = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8));
        long commits = 0;
        for (int at = Header; at + FrameHeader <= bytes.Length; at += FrameHeader + page)
        {
            commits += System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 4)) != 0 ? 1 : 0;
        }

        return commits;
    }

    private async Task<IKeyProvider> OpenAsync() =>
        await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{Database}"), ProviderContext.System, Stop);
}
