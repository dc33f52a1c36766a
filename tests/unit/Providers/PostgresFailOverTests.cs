using System.Diagnostics;
using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Two real clusters, a primary and its streaming standby, and a server that is told of both.</summary>
public sealed class PostgresFailOverTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly PostgresServer _primary = new();
    private PostgresServer? _standby;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _primary.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_standby is not null)
        {
            await _standby.DisposeAsync();
        }

        await _primary.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_promoted_standby_goes_on_with_everything_that_was_answered()
    {
        string uri = await FleetAsync();
        await _primary.SqlAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        await _primary.ReloadAsync();
        await using CachingKeyProvider store = CachingKeyProvider.Over(await OpenAsync(uri), TimeProvider.System);
        Dictionary<string, string> answered = [];
        for (int i = 0; i < 20; i++)
        {
            using KeyVersion made = await store.CreateAsync(NewKey.Default(KeyName.Parse($"k{i}")), Stop);
            answered.Add(made.Name.Value, ProviderHistory.Hex(made));
        }

        using (KeyVersion rolled = await store.RollAsync(KeyName.Parse("k0"), null, null, Stop))
        {
            answered.Add(rolled.Name.Value, ProviderHistory.Hex(rolled));
        }

        (await store.FindCurrentAsync(KeyName.Parse("k1"), Stop))!.Dispose();
        await _primary.StopAsync("immediate");

        // Nobody is primary now: what is remembered is served, a change is refused as something that will pass.
        using (KeyVersion? remembered = await store.FindCurrentAsync(KeyName.Parse("k1"), Stop))
        {
            Assert.Equal(answered["k1@0"], ProviderHistory.Hex(remembered!));
        }

        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await store.RollAsync(KeyName.Parse("k0"), null, null, Stop));
        Assert.Equal((ErrorKind.StoreUnavailable, true), (refused.Kind, refused.IsTransient));

        await _standby!.SqlAsync("postgres", "SELECT 1");
        await _standby.PromoteAsync();
        await _standby.SqlAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
        await _standby.ReloadAsync();
        long from = Stopwatch.GetTimestamp();
        using KeyVersion after = await UntilAnsweredAsync(() => store.RollAsync(KeyName.Parse("k0"), null, null, Stop));
        TimeSpan gap = Stopwatch.GetElapsedTime(from);
        TestContext.Current.TestOutputHelper?.WriteLine($"writes went on {gap.TotalSeconds:0.0} s after the promotion");
        Assert.True(gap < TimeSpan.FromSeconds(8), $"It took {gap.TotalSeconds:0.0} s.");
        Assert.Equal("k0@2", after.Name.Value);
        foreach ((string version, string material) in answered)
        {
            using KeyVersion? found = await store.FindVersionAsync(KeyVersionName.Parse(version), Stop);
            Assert.Equal(material, ProviderHistory.Hex(found!));
        }
    }

    [Fact]
    public async Task A_standby_that_was_promoted_without_the_last_commit_is_refused()
    {
        string uri = await FleetAsync();
        KeyName key = KeyName.Parse("k");
        await using IKeyProvider store = await OpenAsync(uri);
        (await store.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        await CaughtUpAsync();
        await _standby!.StopAsync("fast");
        (await store.RollAsync(key, null, null, Stop)).Dispose();
        await _primary.StopAsync("immediate");
        await _standby.StartAsync();
        await _standby.PromoteAsync();

        // k@1 was answered and is not there: to number on would give its name a second meaning.
        KmsException refused = await UntilAsync(ErrorKind.StoreCorrupt, async () => (await store.RollAsync(key, null, null, Stop)).Dispose());
        Assert.Contains("has gone back to an earlier state", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KmsException>(async () => await store.FindMetadataAsync(key, Stop));

        // Whoever looked at the loss and starts again is served.
        await using IKeyProvider anew = await OpenAsync(uri);
        Assert.Equal("k@0", (await anew.FindMetadataAsync(key, Stop))?.Current.Value);
    }

    private async Task<string> FleetAsync()
    {
        string alone = await _primary.CreateDatabaseAsync();
        _standby = await _primary.FollowAsync();
        return string.Create(CultureInfo.InvariantCulture, $"postgres://kms@127.0.0.1:{_primary.Port};127.0.0.1:{_standby.Port}/{PostgresServer.DatabaseOf(alone)}");
    }

    private async Task CaughtUpAsync()
    {
        for (int i = 0; i < 200; i++)
        {
            if (await _primary.SqlAsync("postgres", "SELECT COALESCE(bool_and(replay_lsn >= pg_current_wal_lsn()), false) FROM pg_stat_replication") == "t")
            {
                return;
            }

            await Task.Delay(50, Stop);
        }

        Assert.Fail("The standby did not catch up.");
    }

    private ValueTask<IKeyProvider> OpenAsync(string uri) => PostgresStores.OpenAsync(uri, _directory.File("store.key"), Stop);

    private static async Task<T> UntilAnsweredAsync<T>(Func<ValueTask<T>> work)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await work();
            }
            catch (KmsException failure) when (failure.IsTransient && Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(50, Stop);
            }
        }
    }

    private static async Task<KmsException> UntilAsync(ErrorKind wanted, Func<Task> work)
    {
        long from = Stopwatch.GetTimestamp();
        while (true)
        {
            KmsException failure = await Assert.ThrowsAsync<KmsException>(work);
            if (failure.Kind == wanted)
            {
                return failure;
            }

            Assert.True(failure.IsTransient && Stopwatch.GetElapsedTime(from) < TimeSpan.FromSeconds(20), failure.Message);
            await Task.Delay(50, Stop);
        }
    }
}
