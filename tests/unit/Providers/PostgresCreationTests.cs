using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Tests.Fakes;
using Npgsql;

namespace KmsPS.Tests.Providers;

/// <summary>Keys of a shared database that are made together stay keys of their own: each is answered for itself, and once.</summary>
public sealed class PostgresCreationTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string KeyFile => _directory.File("store.key");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Of_many_at_once_each_is_answered_for_itself_in_fewer_commits_than_keys()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider store = await OpenAsync(uri);
        (await CreateAsync(store, "taken")).Dispose();
        (await CreateAsync(store, "deleted")).Dispose();
        await store.DeleteAsync(KeyName.Parse("deleted"), Stop);
        string[] wanted = [.. Enumerable.Range(0, 200).Select(static i => (i % 8) switch { 0 => "taken", 3 => "deleted", 5 => "twice" + (i / 16), _ => $"k{i}" })];
        long before = await TransactionsAsync(uri);
        (string Name, ErrorKind? End)[] ends = await Task.WhenAll(wanted.Select(async name => (name, await EndAsync(store, name))));
        long used = await TransactionsAsync(uri) - before;
        foreach (IGrouping<string, ErrorKind?> each in ends.GroupBy(static end => end.Name, static end => end.End))
        {
            Assert.Equal(
                each.Key switch
                {
                    "taken" => [.. each.Select(static _ => (ErrorKind?)ErrorKind.KeyAlreadyExists)],
                    _ => [null, .. each.Skip(1).Select(static _ => (ErrorKind?)ErrorKind.KeyAlreadyExists)],
                },
                each.Order().ToArray());
        }

        Assert.Equal("deleted@1", (await store.FindMetadataAsync(KeyName.Parse("deleted"), Stop))?.Current.Value);
        int made = ends.Count(static end => end.End is null);
        Assert.True(made >= 125, $"{made} were made.");

        // A refusal is a transaction of its own, which takes an id before it is rolled back.
        int refused = ends.Length - made;
        Assert.True(used < made + refused, $"{used} transactions for {made} keys and {refused} refusals");
    }

    [Fact]
    public async Task A_version_name_that_another_key_bears_stops_none_of_those_made_with_it()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider store = await OpenAsync(uri);
        await using IKeyProvider elsewhere = new MemoryKeyProvider();
        (await CreateAsync(elsewhere, "guest")).Dispose();
        KeyMetadata guest = (await elsewhere.FindMetadataAsync(KeyName.Parse("guest"), Stop))!;
        KeyVersion borrowed = (await elsewhere.FindCurrentAsync(guest.Name, Stop))!;
        KeyVersionName borne = KeyVersionName.Parse("host5@0");
        using KeyVersion renamed = new(guest.Name, borne, borrowed.Material!.Share(), borrowed.Created);
        borrowed.Dispose();
        await store.ImportAsync(new KeyImage(guest with { Current = borne }, [renamed]), 0, Stop);
        KeyVersion[] made = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => CreateAsync(store, $"host{i}"), Stop)));
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => i == 5 ? "host5@1" : $"host{i}@0"), made.Select(static version => version.Name.Value));
        Assert.All(made, static version => version.Dispose());
        Assert.Equal("guest", (await store.FindOwnerAsync(borne, Stop))?.Value);
    }

    [Fact]
    public async Task A_write_that_holds_a_slot_keeps_only_its_own_waiting()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider store = await OpenAsync(uri);
        KeyName held = KeyName.Parse("held");
        string free = Enumerable.Range(0, 10).Select(static i => $"free{i}").First(name => ChangeSlots.Of(KeyName.Parse(name)) != ChangeSlots.Of(held));
        await using NpgsqlConnection other = new(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={server.Port};Username=kms;Database={PostgresServer.DatabaseOf(uri)};Pooling=false"));
        await other.OpenAsync(Stop);
        await using NpgsqlTransaction write = await other.BeginTransactionAsync(Stop);
        await using (NpgsqlCommand take = new("UPDATE change_slot SET stamp = stamp + 1 WHERE slot = @slot", other, write))
        {
            take.Parameters.AddWithValue("slot", ChangeSlots.Of(held));
            await take.ExecuteNonQueryAsync(Stop);
        }

        Task<KeyVersion> waits = Task.Run(() => CreateAsync(store, "held"), Stop);
        await Task.Delay(100, Stop);
        (await Task.Run(() => CreateAsync(store, free), Stop).WaitAsync(TimeSpan.FromSeconds(4), Stop)).Dispose();
        Assert.False(waits.IsCompleted);
        await write.CommitAsync(Stop);
        using KeyVersion made = await waits;
        Assert.Equal("held@0", made.Name.Value);
    }

    [Fact]
    public async Task Connections_that_end_at_any_time_leave_no_key_that_its_maker_is_refused_for()
    {
        string uri = await server.CreateDatabaseAsync();
        string database = PostgresServer.DatabaseOf(uri);
        await using IKeyProvider store = await OpenAsync(uri);
        ConcurrentDictionary<string, string> answered = new(StringComparer.Ordinal);
        ConcurrentBag<KmsException> failures = [];
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task[] makers = [.. Enumerable.Range(0, 4).Select(maker => Task.Run(async () =>
        {
            for (int i = 0; !done.IsCancellationRequested; i++)
            {
                string name = $"m{maker}.{i}";
                try
                {
                    using KeyVersion made = await CreateAsync(store, name);
                    answered[made.Name.Value] = ProviderHistory.Hex(made);
                }
                catch (KmsException failure)
                {
                    failures.Add(failure);
                }
            }
        }, Stop))];
        for (int i = 0; i < 12; i++)
        {
            await Task.Delay(70, Stop);
            await server.SqlAsync("postgres", $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'");
        }

        await done.CancelAsync();
        await Task.WhenAll(makers);
        Assert.All(failures, static failure => Assert.Equal((ErrorKind.StoreUnavailable, true), (failure.Kind, failure.IsTransient)));
        Assert.True(answered.Count > 50, $"{answered.Count} keys");
        foreach ((string version, string material) in answered)
        {
            Assert.EndsWith("@0", version, StringComparison.Ordinal);
            using KeyVersion? found = await store.FindVersionAsync(KeyVersionName.Parse(version), Stop);
            Assert.Equal(material, ProviderHistory.Hex(found!));
        }
    }

    [Fact]
    public async Task Keys_made_while_the_store_key_is_rotated_open_on_every_server()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider one = await OpenAsync(uri);
        await using IKeyProvider other = await OpenAsync(uri);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        ConcurrentDictionary<string, string> made = new(StringComparer.Ordinal);
        Task[] makers = [.. Enumerable.Range(0, 4).Select(maker => Task.Run(async () =>
        {
            for (int i = 0; !done.IsCancellationRequested; i++)
            {
                using KeyVersion version = await CreateAsync(other, $"m{maker}.{i}");
                made[version.Name.Value] = ProviderHistory.Hex(version);
            }
        }, Stop))];
        for (int i = 0; i < 3; i++)
        {
            // Both servers read one key file.
            Assert.True((await one.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, Stop)).IsFinished);
        }

        await done.CancelAsync();
        await Task.WhenAll(makers);
        Assert.NotEmpty(made);
        foreach ((string name, string material) in made)
        {
            using KeyVersion? found = await one.FindVersionAsync(KeyVersionName.Parse(name), Stop);
            Assert.Equal(material, ProviderHistory.Hex(found!));
        }

        Assert.Equal("1", await server.SqlAsync(PostgresServer.DatabaseOf(uri), "SELECT count(DISTINCT store_key_id) FROM (SELECT store_key_id FROM key_name UNION SELECT store_key_id FROM key_incarnation UNION SELECT store_key_id FROM key_version UNION SELECT store_key_id FROM store_key UNION SELECT store_key_id FROM change_slot) AS used"));
    }

    [Fact]
    public async Task A_name_that_several_servers_make_delete_and_purge_at_once_never_gives_a_version_name_twice()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider one = await OpenAsync(uri);
        await using IKeyProvider other = await OpenAsync(uri);
        ConcurrentDictionary<string, string> given = new(StringComparer.Ordinal);
        ConcurrentBag<string> twice = [];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            IKeyProvider store = worker % 2 == 0 ? one : other;
            for (int i = worker; Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2); i++)
            {
                KeyName name = KeyName.Parse($"n{i % 3}");
                await TryAsync(async () =>
                {
                    using KeyVersion made = await CreateAsync(store, name.Value);
                    if (!given.TryAdd(made.Name.Value, ProviderHistory.Hex(made)))
                    {
                        twice.Add(made.Name.Value);
                    }
                });
                await TryAsync(async () => await store.DeleteAsync(name, Stop));
                await TryAsync(async () => await ((ISoftDelete)store).PurgeAsync(name, Stop));
            }
        }, Stop)));
        Assert.Empty(twice);
        Assert.True(given.Count > 30, $"{given.Count} keys");
        Assert.Equal(3, given.Keys.Select(static version => version[..version.IndexOf('@', StringComparison.Ordinal)]).Distinct().Count());

        async Task TryAsync(Func<Task> change)
        {
            try
            {
                await change();
            }
            catch (KmsException lost)
            {
                Assert.Contains(lost.Kind, (ErrorKind[])[ErrorKind.KeyAlreadyExists, ErrorKind.KeyNotFound, ErrorKind.Conflict]);
            }
        }
    }

    private ValueTask<IKeyProvider> OpenAsync(string uri) => PostgresStores.OpenAsync(uri, KeyFile, Stop);

    private async Task<long> TransactionsAsync(string uri) =>
        long.Parse(await server.SqlAsync(PostgresServer.DatabaseOf(uri), "SELECT pg_current_xact_id()"), CultureInfo.InvariantCulture);

    private static async Task<KeyVersion> CreateAsync(IKeyProvider store, string name) => await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), CancellationToken.None);

    private static async Task<ErrorKind?> EndAsync(IKeyProvider store, string name)
    {
        try
        {
            (await Task.Run(() => CreateAsync(store, name), Stop)).Dispose();
            Assert.NotNull(await store.FindMetadataAsync(KeyName.Parse(name), Stop));
            return null;
        }
        catch (KmsException refusal)
        {
            return refusal.Kind;
        }
    }
}
