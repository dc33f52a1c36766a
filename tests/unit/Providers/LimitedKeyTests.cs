using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Limits of keys among servers, under lost answers, and across a rotation of the store key.</summary>
public sealed class LimitedKeyTests(PostgresServer server) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly KeyName K = KeyName.Parse("k");
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_key_that_one_server_disables_is_refused_by_the_other_within_250_ms()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await PostgresStores.OpenAsync(uri, _directory.File("store.key"), Stop);

        // Without its net: only the announcement can make the second server look again.
        await using CachingKeyProvider b = CachingKeyProvider.Over(await PostgresStores.OpenAsync(uri, _directory.File("store.key"), Stop), TimeProvider.System, new CacheLimits { Recheck = TimeSpan.FromMinutes(10) });
        (await a.CreateAsync(NewKey.Default(K), Stop)).Dispose();
        SeenElsewhere seen = new();
        for (int i = 0; i < 20; i++)
        {
            LifecycleAction action = i % 2 == 0 ? LifecycleAction.Disable : LifecycleAction.Enable;
            VersionUse wanted = i % 2 == 0 ? VersionUse.KeyDisabled : VersionUse.Allowed;
            (await b.FindVersionAsync(KeyVersionName.Of(K, 0), Stop))?.Dispose();
            await ((IKeyLifecycle)a).ChangeAsync(new LifecycleChange(action, K), Stop);
            await seen.WaitAsync(
                async () =>
                {
                    using KeyVersion? found = await b.FindVersionAsync(KeyVersionName.Of(K, 0), Stop);
                    return found?.Use == wanted;
                },
                Stop);
        }

        seen.AssertWithin(250);
    }

    [Fact]
    public async Task Of_eight_who_roll_ten_keys_on_two_servers_conditionally_one_wins_each_round()
    {
        string uri = await server.CreateDatabaseAsync();
        await using IKeyProvider a = await PostgresStores.OpenAsync(uri, _directory.File("store.key"), Stop);
        await using IKeyProvider b = await PostgresStores.OpenAsync(uri, _directory.File("store.key"), Stop);
        KeyName[] keys = [.. Enumerable.Range(0, 10).Select(static i => KeyName.Parse($"k{i}"))];
        foreach (KeyName key in keys)
        {
            (await a.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        }

        const int Rounds = 4;
        for (int round = 0; round < Rounds; round++)
        {
            int current = round;
            bool[][] won = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
            {
                bool[] mine = new bool[keys.Length];
                for (int i = 0; i < keys.Length; i++)
                {
                    int at = (i + writer) % keys.Length;
                    mine[at] = await IsRolledAsync(writer % 2 == 0 ? a : b, keys[at], current);
                }

                return mine;
            }, Stop)));
            Assert.All(Enumerable.Range(0, keys.Length), key => Assert.Single(won, mine => mine[key]));
        }

        Assert.All(await a.ListAsync(Stop).ToListAsync(Stop), static key => Assert.Equal(Rounds + 1, key.Versions));
    }

    [Theory]
    [InlineData(LifecycleAction.Disable)]
    [InlineData(LifecycleAction.DestroyVersion)]
    public async Task A_lost_answer_never_leaves_material_in_use(LifecycleAction action)
    {
        MemoryKeyProvider store = new();
        (await store.CreateAsync(NewKey.Default(K), Stop)).Dispose();
        (await store.RollAsync(K, null, null, Stop)).Dispose();

        // Calls: owner and version once, then the change, which happens and whose answer is lost.
        await using CachingKeyProvider cache = CachingKeyProvider.Over(new FaultyKeyProvider(store, 3, Fault.After), TimeProvider.System);
        KeyVersionName first = KeyVersionName.Of(K, 0);
        (await cache.FindVersionAsync(first, Stop))!.Dispose();
        await Assert.ThrowsAsync<KmsException>(async () => await ((IKeyLifecycle)cache).ChangeAsync(new LifecycleChange(action, K, action == LifecycleAction.Disable ? null : first), Stop));
        using KeyVersion? after = await cache.FindVersionAsync(first, Stop);
        Assert.True(after is { Material: null, Use: not VersionUse.Allowed });
        Assert.Equal(0, cache.RememberedVersions);
    }

    [Fact]
    public async Task Limits_outlive_a_rotation_of_the_store_key()
    {
        ProviderUri uri = ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}");
        await using (IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(uri, ProviderContext.System, Stop))
        {
            IKeyLifecycle lifecycle = (IKeyLifecycle)store;
            (await store.CreateAsync(NewKey.Default(K), Stop)).Dispose();
            (await store.RollAsync(K, null, null, Stop)).Dispose();
            await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, K, KeyVersionName.Of(K, 0)), Stop);
            await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.Disable, K), Stop);
            Assert.True((await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop)).IsFinished);
        }

        await using IKeyProvider again = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(uri, ProviderContext.System, Stop);
        KeyLifecycle? found = await ((IKeyLifecycle)again).FindLifecycleAsync(K, Stop);
        Assert.Equal([VersionUse.VersionDestroyed, VersionUse.KeyDisabled], found?.Versions.Select(static version => version.Use));
        await ((IKeyLifecycle)again).ChangeAsync(new LifecycleChange(LifecycleAction.Enable, K), Stop);
        using KeyVersion? current = await again.FindCurrentAsync(K, Stop);
        Assert.NotNull(current?.Material);
    }

    private static async Task<bool> IsRolledAsync(IKeyProvider store, KeyName key, int current)
    {
        try
        {
            (await store.RollAsync(key, null, KeyVersionName.Of(key, current), Stop)).Dispose();
            return true;
        }
        catch (KmsException refused) when (refused.Kind == ErrorKind.Conflict)
        {
            return false;
        }
    }
}
