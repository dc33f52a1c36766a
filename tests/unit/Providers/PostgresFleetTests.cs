using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Several servers on one real PostgreSQL, and what becomes of them when it goes away, comes back, or comes back as another.</summary>
public sealed class PostgresFleetTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string KeyFile => _directory.File("store.key");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Two_servers_rolling_the_same_keys_leave_no_gap_and_no_duplicate()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await OpenAsync(uri);
        await using IKeyProvider b = await OpenAsync(uri);
        KeyName[] keys = [.. Enumerable.Range(0, 10).Select(static i => KeyName.Parse($"k{i}"))];
        foreach (KeyName key in keys)
        {
            await CreateAsync(a, key.Value);
        }

        const int Rolls = 6;
        ConcurrentBag<string> given = [];
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (writer, stop) =>
        {
            for (int i = 0; i < Rolls * keys.Length; i++)
            {
                using KeyVersion made = await (writer % 2 == 0 ? a : b).RollAsync(keys[(i + writer) % keys.Length], null, null, stop);
                given.Add(made.Name.Value);
            }
        });
        HashSet<string> materials = [];
        foreach (KeyName key in keys)
        {
            List<KeyVersion> versions = await b.ListVersionsAsync(key, Stop).ToListAsync(Stop);
            Assert.Equal(Enumerable.Range(0, (8 * Rolls) + 1).Select(n => $"{key.Value}@{n}"), versions.Select(static version => version.Name.Value));
            Assert.All(versions, version => Assert.True(materials.Add(ProviderHistory.Hex(version))));
            versions.ForEach(static version => version.Dispose());
        }

        Assert.Equal(8 * Rolls * keys.Length, given.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Of_many_who_make_the_same_key_at_once_one_succeeds()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await OpenAsync(uri);
        await using IKeyProvider b = await OpenAsync(uri);
        int made = 0;
        int refused = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Stop }, async (i, _) =>
        {
            try
            {
                await CreateAsync(i % 2 == 0 ? a : b, "k");
                Interlocked.Increment(ref made);
            }
            catch (KmsException failure) when (failure.Kind == ErrorKind.KeyAlreadyExists)
            {
                Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal((1, 15), (made, refused));
    }

    [Fact]
    public async Task Servers_that_start_at_once_make_one_store()
    {
        string uri = await server.CreateDatabaseAsync();
        IKeyProvider[] stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await OpenAsync(uri), Stop)));
        await CreateAsync(stores[0], "k");
        foreach (IKeyProvider store in stores)
        {
            using KeyVersion? seen = await store.FindCurrentAsync(KeyName.Parse("k"), Stop);
            Assert.Equal("k@0", seen?.Name.Value);
            await store.DisposeAsync();
        }

        Assert.Equal("1", await server.SqlAsync(PostgresServer.DatabaseOf(uri), "SELECT count(*) FROM store_key"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_roll_on_one_server_is_used_by_the_other_within_250_ms(bool isStrict)
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await OpenAsync(uri);

        // Without its net: only the notification, or the strictness, can make the second server look again.
        await using CachingKeyProvider b = CachingKeyProvider.Over(await PostgresStores.OpenAsync(uri, KeyFile, Stop, ("kmsps.postgres.strict", isStrict ? "true" : "false")), TimeProvider.System, new CacheLimits { Recheck = TimeSpan.FromMinutes(10) });
        KeyName key = KeyName.Parse("k");
        await CreateAsync(a, "k");
        SeenElsewhere seen = new();
        for (int i = 0; i < 20; i++)
        {
            (await b.FindCurrentAsync(key, Stop))!.Dispose();
            using KeyVersion made = await a.RollAsync(key, null, null, Stop);
            await seen.WaitAsync(
                async () =>
                {
                    using KeyVersion? found = await b.FindCurrentAsync(key, Stop);
                    return found?.Name == made.Name;
                },
                Stop);
        }

        seen.AssertWithin(250);
    }

    [Fact]
    public async Task While_the_database_is_away_reads_go_on_and_writes_are_refused_and_both_recover()
    {
        string uri = await server.CreateDatabaseAsync();
        await using CachingKeyProvider store = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        KeyName key = KeyName.Parse("k");
        string first = await CreateAsync(store, "k");
        (await store.FindCurrentAsync(key, Stop))!.Dispose();
        await store.FindMetadataAsync(key, Stop);
        await server.StopAsync("immediate");
        try
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await store.RollAsync(key, null, null, Stop));
            Assert.Equal((ErrorKind.StoreUnavailable, true), (refused.Kind, refused.IsTransient));
            Assert.NotNull(refused.Remedy);

            // Longer than an answer counts as fresh, and through a refused change.
            long from = Stopwatch.GetTimestamp();
            int reads = 0;
            while (Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(1.5))
            {
                using KeyVersion? current = await store.FindCurrentAsync(key, Stop);
                using KeyVersion? version = await store.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop);
                Assert.Equal((first, first), (ProviderHistory.Hex(current!), ProviderHistory.Hex(version!)));
                Assert.Equal("k@0", (await store.FindMetadataAsync(key, Stop))?.Current.Value);
                reads++;
                await Task.Delay(5, Stop);
            }

            Assert.True(reads > 50);
            await Assert.ThrowsAsync<KmsException>(async () => await store.FindCurrentAsync(KeyName.Parse("unknown"), Stop));
        }
        finally
        {
            await server.StartAsync();
        }

        await Task.Delay(300, Stop);
        using KeyVersion rolled = await store.RollAsync(key, null, null, Stop);
        using KeyVersion? now = await store.FindCurrentAsync(key, Stop);
        Assert.Equal(("k@1", "k@1"), (rolled.Name.Value, now?.Name.Value));
    }

    [Fact]
    public async Task When_the_database_goes_right_after_a_roll_old_versions_are_still_served_and_removed_ones_are_not()
    {
        string uri = await server.CreateDatabaseAsync();
        await using CachingKeyProvider here = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        await using CachingKeyProvider there = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        string rolled = await CreateAsync(here, "rolled");
        await CreateAsync(here, "removed");
        KeyVersionName old = KeyVersionName.Parse("rolled@0");
        foreach (CachingKeyProvider each in new[] { here, there })
        {
            (await each.FindVersionAsync(old, Stop))!.Dispose();
            await each.FindMetadataAsync(KeyName.Parse("rolled"), Stop);
            await each.FindMetadataAsync(KeyName.Parse("removed"), Stop);
            (await each.FindVersionAsync(KeyVersionName.Parse("removed@0"), Stop))!.Dispose();
        }

        (await here.RollAsync(KeyName.Parse("rolled"), null, null, Stop)).Dispose();
        await here.DeleteAsync(KeyName.Parse("removed"), Stop);
        await Task.Delay(400, Stop);
        await server.StopAsync("immediate");
        try
        {
            foreach (CachingKeyProvider each in new[] { here, there })
            {
                using KeyVersion? found = await each.FindVersionAsync(old, Stop);
                Assert.Equal(rolled, ProviderHistory.Hex(found!));
                Assert.Equal("rolled", (await each.FindOwnerAsync(old, Stop))?.Value);

                // The access lists are asked with it before anything is decrypted.
                Assert.Equal("rolled", (await each.FindMetadataAsync(KeyName.Parse("rolled"), Stop))?.AclName);
                await Assert.ThrowsAsync<KmsException>(async () => await each.FindMetadataAsync(KeyName.Parse("removed"), Stop));
                KmsException gone = await Assert.ThrowsAsync<KmsException>(async () => await each.FindVersionAsync(KeyVersionName.Parse("removed@0"), Stop));
                Assert.Equal(ErrorKind.StoreUnavailable, gone.Kind);

                // Which version is current is not known any more: a new EEK under the old one would undo the roll.
                await Assert.ThrowsAsync<KmsException>(async () => await each.FindCurrentAsync(KeyName.Parse("rolled"), Stop));
            }
        }
        finally
        {
            await server.StartAsync();
        }
    }

    [Fact]
    public async Task When_the_database_goes_after_keys_were_made_that_share_a_counter_what_was_there_is_still_served()
    {
        string uri = await server.CreateDatabaseAsync();
        await using CachingKeyProvider here = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        await using CachingKeyProvider there = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        KeyName key = KeyName.Parse("k");
        string material = await CreateAsync(here, "k");
        string[] others = [.. Enumerable.Range(0, int.MaxValue).Select(static i => $"other-{i}").Where(name => ChangeSlots.Of(KeyName.Parse(name)) == ChangeSlots.Of(key)).Take(2)];
        await Task.Delay(400, Stop);
        foreach (CachingKeyProvider each in new[] { here, there })
        {
            (await each.FindCurrentAsync(key, Stop))!.Dispose();
            await each.FindMetadataAsync(key, Stop);
        }

        // By the function in the database, and by a write as changes are made.
        await CreateAsync(here, others[0]);
        await using (IKeyProvider source = await PostgresStores.OpenAsync(await server.CreateDatabaseAsync(), _directory.File("source.key"), Stop))
        {
            await CreateAsync(source, others[1]);
            using KeyImage? image = await ((IKeyLifecycle)source).ReadImageAsync(KeyName.Parse(others[1]), Stop);
            await here.ImportAsync(image!, 0, Stop);
        }

        await Task.Delay(400, Stop);
        await server.StopAsync("immediate");
        try
        {
            foreach (CachingKeyProvider each in new[] { here, there })
            {
                using KeyVersion? current = await each.FindCurrentAsync(key, Stop);
                Assert.Equal(material, ProviderHistory.Hex(current!));
                Assert.Equal("k@0", (await each.FindMetadataAsync(key, Stop))?.Current.Value);
            }
        }
        finally
        {
            await server.StartAsync();
        }
    }

    [Fact]
    public async Task A_restart_under_reads_and_writes_loses_nothing_that_was_answered()
    {
        string uri = await server.CreateDatabaseAsync();
        await using CachingKeyProvider store = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        KeyName key = KeyName.Parse("k");
        await CreateAsync(store, "k");
        await CreateAsync(store, "calm");
        (await store.FindCurrentAsync(KeyName.Parse("calm"), Stop))!.Dispose();
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        List<string> answered = [];
        int reads = 0;
        int failedReads = 0;
        Task writer = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                try
                {
                    using KeyVersion made = await store.RollAsync(key, null, null, CancellationToken.None);
                    answered.Add(made.Name.Value);
                }
                catch (KmsException failure) when (failure is { Kind: ErrorKind.StoreUnavailable, IsTransient: true })
                {
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }, Stop);
        Task reader = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                try
                {
                    using KeyVersion? old = await store.FindVersionAsync(KeyVersionName.Parse("calm@0"), CancellationToken.None);
                    reads++;
                    failedReads += old is null ? 1 : 0;
                }
                catch (KmsException)
                {
                    failedReads++;
                }
            }
        }, Stop);
        await Task.Delay(300, Stop);
        int before = answered.Count;
        await server.StopAsync("immediate");
        await server.StartAsync();
        await Task.Delay(1000, Stop);
        await done.CancelAsync();
        await Task.WhenAll(writer, reader);
        List<KeyVersion> stored = await store.ListVersionsAsync(key, Stop).ToListAsync(Stop);
        stored.ForEach(static version => version.Dispose());
        Assert.Subset(stored.Select(static version => version.Name.Value).ToHashSet(), answered.ToHashSet());
        Assert.True(before > 0 && answered.Count > before, $"{before} rolls before the restart, {answered.Count} in all");
        Assert.True(reads > 1000, $"{reads} reads");
        Assert.Equal(0, failedReads);
    }

    [Fact]
    public async Task A_database_that_went_back_is_refused_until_the_server_is_started_again()
    {
        string uri = await server.CreateDatabaseAsync();
        await using (CachingKeyProvider store = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System))
        {
            await CreateAsync(store, "k");
            (await store.RollAsync(KeyName.Parse("k"), null, null, Stop)).Dispose();
            (await store.FindCurrentAsync(KeyName.Parse("k"), Stop))!.Dispose();

            // What an older backup looks like: counters from before the roll, on a server that began anew.
            await server.SqlAsync(PostgresServer.DatabaseOf(uri), "UPDATE change_slot SET stamp = stamp - 1 WHERE stamp > 0");
            await server.StopAsync("fast");
            await server.StartAsync();
            KmsException? refused = null;
            long from = Stopwatch.GetTimestamp();
            while (refused is not { Kind: ErrorKind.StoreCorrupt } && Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(5))
            {
                try
                {
                    (await store.FindCurrentAsync(KeyName.Parse("k"), Stop))?.Dispose();
                    await Task.Delay(20, Stop);
                }
                catch (KmsException failure)
                {
                    refused = failure;
                }
            }

            Assert.Equal(ErrorKind.StoreCorrupt, refused?.Kind);
            Assert.Contains("gone back", refused!.Message, StringComparison.Ordinal);
            Assert.Equal(ErrorKind.StoreCorrupt, (await Assert.ThrowsAsync<KmsException>(async () => await store.RollAsync(KeyName.Parse("k"), null, null, Stop))).Kind);
        }

        await using IKeyProvider again = await OpenAsync(uri);
        using KeyVersion? current = await again.FindCurrentAsync(KeyName.Parse("k"), Stop);
        Assert.Equal("k@1", current?.Name.Value);
    }

    [Theory]
    [InlineData("UPDATE key_version SET sealed = (SELECT sealed FROM key_version WHERE name = 'b@1') WHERE name = 'a@1'")]
    [InlineData("UPDATE key_version SET sealed = substring(sealed from 1 for 30) WHERE name = 'a@1'")]
    [InlineData("UPDATE key_version SET number = 7 WHERE name = 'a@1'")]
    [InlineData("UPDATE key_incarnation SET sealed = (SELECT sealed FROM key_incarnation WHERE name = 'b') WHERE name = 'a'")]
    [InlineData("DELETE FROM key_version WHERE name = 'a@1'")]
    [InlineData("UPDATE key_name SET next_number = 0 WHERE name = 'a'")]
    public async Task An_edited_row_is_refused_and_others_are_served(string edit)
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider store = await OpenAsync(uri);
        foreach (string name in (string[])["a", "b"])
        {
            await CreateAsync(store, name);
            (await store.RollAsync(KeyName.Parse(name), null, null, Stop)).Dispose();
        }

        // A name has a row of its own from the first delete on.
        await store.DeleteAsync(KeyName.Parse("a"), Stop);
        await ((ISoftDelete)store).RestoreAsync(KeyName.Parse("a"), Stop);
        await server.SqlAsync(PostgresServer.DatabaseOf(uri), edit);
        KmsException failure = await Assert.ThrowsAsync<KmsException>(async () => (await store.FindCurrentAsync(KeyName.Parse("a"), Stop))?.Dispose());
        Assert.Equal(ErrorKind.StoreCorrupt, failure.Kind);
        using KeyVersion? other = await store.FindCurrentAsync(KeyName.Parse("b"), Stop);
        Assert.Equal("b@1", other?.Name.Value);
    }

    [Fact]
    public async Task A_wrong_a_missing_and_a_needless_store_key_are_refused()
    {
        string uri = await server.CreateDatabaseAsync();
        await using (await OpenAsync(uri))
        {
        }

        Assert.Contains("is missing", (await RefusedAsync(uri, _directory.File("none.key"))).Message, StringComparison.Ordinal);
        string other = await server.CreateDatabaseAsync();
        await using (await PostgresStores.OpenAsync(other, _directory.File("other.key"), Stop))
        {
        }

        Assert.Contains("does not hold it", (await RefusedAsync(uri, _directory.File("other.key"))).Message, StringComparison.Ordinal);
        Assert.Contains("its content was lost", (await RefusedAsync(await server.CreateDatabaseAsync(), KeyFile)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_share_state_and_only_one_of_them_wins_a_revision()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await OpenAsync(uri);
        await using IKeyProvider b = await OpenAsync(uri);
        IStateStore[] states = [((IStateHolder)a).State, ((IStateHolder)b).State];
        bool[] first = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await states[i % 2].TryWriteAsync("secret", "1", new[] { (byte)i }, null, 0, Stop), Stop)));
        Assert.Single(first, static won => won);
        bool[] second = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await states[i % 2].TryWriteAsync("secret", "1", new[] { (byte)(10 + i) }, null, 1, Stop), Stop)));
        Assert.Single(second, static won => won);
        Assert.Equal((await states[0].FindAsync("secret", "1", Stop))!.Payload.ToArray(), (await states[1].FindAsync("secret", "1", Stop))!.Payload.ToArray());
        long[] numbers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () => await states[i % 2].ReserveAsync("token", 1, Stop), Stop)));
        Assert.Equal(Enumerable.Range(1, 40).Select(static n => (long)n), numbers.Order());
    }

    private async Task<KmsException> RefusedAsync(string uri, string keyFile) =>
        await Assert.ThrowsAnyAsync<KmsException>(async () => await (await PostgresStores.OpenAsync(uri, keyFile, Stop)).DisposeAsync());

    private ValueTask<IKeyProvider> OpenAsync(string uri) => PostgresStores.OpenAsync(uri, KeyFile, Stop);

    private static async Task<string> CreateAsync(IKeyProvider store, string name)
    {
        using KeyVersion made = await store.CreateAsync(new NewKey(KeyName.Parse(name), CipherName.Default, 128, null, FrozenDictionary<string, string>.Empty, null), Stop);
        return ProviderHistory.Hex(made);
    }
}
