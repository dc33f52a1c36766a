using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Contracts;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>The cache keeps every promise of the store under it.</summary>
public sealed class CachingKeyProviderTests : KeyProviderContract
{
    private readonly TemporaryDirectory _directory = new();

    protected override async ValueTask<IKeyProvider> OpenAsync() => CachingKeyProvider.Over(await SqliteAsync(), TimeProvider.System);

    protected override ValueTask CleanAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_one_server_answered_the_other_knows_at_once()
    {
        await using IKeyProvider other = await OpenAsync();
        KeyName key = Name("k");
        (await Store.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        for (int round = 1; round <= 200; round++)
        {
            (IKeyProvider writer, IKeyProvider reader) = round % 2 == 0 ? (Store, other) : (other, Store);
            using KeyVersion made = await writer.RollAsync(key, null, null, Stop);
            using KeyVersion? seen = await reader.FindCurrentAsync(key, Stop);
            Assert.Equal(($"k@{round}", ProviderHistory.Hex(made)), (seen?.Name.Value, ProviderHistory.Hex(seen!)));
            Assert.Equal(round + 1, (await reader.FindMetadataAsync(key, Stop))?.Versions);
        }

        await other.DeleteAsync(key, Stop);
        Assert.Null(await Store.FindCurrentAsync(key, Stop));
        Assert.Null(await Store.FindVersionAsync(KeyVersionName.Parse("k@200"), Stop));
        Assert.Null(await Store.FindOwnerAsync(KeyVersionName.Parse("k@200"), Stop));
        Assert.Null(await Store.FindMetadataAsync(key, Stop));
        await ((ISoftDelete)Store).RestoreAsync(key, Stop);
        Assert.NotNull(await other.FindMetadataAsync(key, Stop));
    }

    [Fact]
    public async Task A_hit_completes_at_once_and_does_not_ask_the_store()
    {
        FaultyKeyProvider counted = new(await SqliteAsync());
        await using CachingKeyProvider cache = CachingKeyProvider.Over(counted, TimeProvider.System);
        (await cache.CreateAsync(NewKey.Default(Name("k")), Stop)).Dispose();
        (await cache.FindCurrentAsync(Name("k"), Stop))?.Dispose();
        await cache.FindMetadataAsync(Name("k"), Stop);
        int before = counted.Calls;
        ValueTask<KeyVersion?> hit = cache.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop);
        ValueTask<KeyMetadata?> metadata = cache.FindMetadataAsync(Name("k"), Stop);
        Assert.True(hit.IsCompletedSuccessfully && metadata.IsCompletedSuccessfully);
        Assert.NotNull(await metadata);
        (await hit)?.Dispose();
        Assert.Equal(before, counted.Calls);
        await cache.InvalidateAsync(Name("k"), Stop);
        await cache.FindMetadataAsync(Name("k"), Stop);
        Assert.Equal(before + 1, counted.Calls);
    }

    [Fact]
    public async Task A_store_that_was_changed_without_a_word_is_asked_again_after_a_second()
    {
        ManualTime time = new();
        MemoryKeyProvider silent = new();
        await using CachingKeyProvider cache = CachingKeyProvider.Over(silent, time, new CacheLimits { CurrentLifetime = TimeSpan.FromSeconds(1) });
        (await cache.CreateAsync(NewKey.Default(Name("k")), Stop)).Dispose();
        Assert.Equal(1, (await cache.FindMetadataAsync(Name("k"), Stop))?.Versions);
        (await silent.RollAsync(Name("k"), null, null, Stop)).Dispose();
        Assert.Equal(1, (await cache.FindMetadataAsync(Name("k"), Stop))?.Versions);
        time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(2, (await cache.FindMetadataAsync(Name("k"), Stop))?.Versions);
    }

    [Fact]
    public async Task A_store_that_says_nothing_is_not_waited_for_where_something_is_known()
    {
        FaultyKeyProvider store = new(await SqliteAsync());
        CacheLimits limits = new() { Recheck = TimeSpan.Zero, Patience = TimeSpan.FromMilliseconds(200) };
        await using CachingKeyProvider cache = CachingKeyProvider.Over(store, TimeProvider.System, limits);
        KeyVersionName version = KeyVersionName.Parse("k@0");
        (await cache.CreateAsync(NewKey.Default(Name("k")), Stop)).Dispose();
        using KeyVersion? known = await cache.FindCurrentAsync(Name("k"), Stop);
        await cache.FindMetadataAsync(Name("k"), Stop);

        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Silence = answer.Task;
        int before = store.Calls;
        for (int round = 0; round < 50; round++)
        {
            using KeyVersion? current = await cache.FindCurrentAsync(Name("k"), Stop);
            using KeyVersion? old = await cache.FindVersionAsync(version, Stop);
            Assert.Equal((ProviderHistory.Hex(known!), ProviderHistory.Hex(known!)), (ProviderHistory.Hex(current!), ProviderHistory.Hex(old!)));
            Assert.Equal(version, (await cache.FindMetadataAsync(Name("k"), Stop))?.Current);
            Assert.Equal(Name("k"), await cache.FindOwnerAsync(version, Stop));
        }

        // The first to notice, and one that listens for the end of the silence.
        Assert.InRange(store.Calls - before, 1, 2);
        store.Silence = Task.CompletedTask;
        answer.SetResult();
        for (int calls = store.Calls; store.Calls < calls + 3;)
        {
            (await cache.FindCurrentAsync(Name("k"), Stop))?.Dispose();
            await Task.Delay(10, Stop);
        }

        (await store.RollAsync(Name("k"), null, null, Stop)).Dispose();
        using KeyVersion? rolled = await cache.FindCurrentAsync(Name("k"), Stop);
        Assert.Equal("k@1", rolled?.Name.Value);
    }

    [Fact]
    public async Task A_removal_that_was_answered_is_not_forgotten_in_the_silence()
    {
        FaultyKeyProvider store = new(await SqliteAsync());
        await using CachingKeyProvider cache = CachingKeyProvider.Over(store, TimeProvider.System, new CacheLimits { Recheck = TimeSpan.Zero, Patience = TimeSpan.FromMilliseconds(50) });
        (await cache.CreateAsync(NewKey.Default(Name("k")), Stop)).Dispose();
        (await cache.FindCurrentAsync(Name("k"), Stop))?.Dispose();
        await cache.DeleteAsync(Name("k"), Stop);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Silence = answer.Task;
        Task<KeyVersion?> waiting = cache.FindVersionAsync(KeyVersionName.Parse("k@0"), Stop).AsTask();
        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(300, Stop)));
        answer.SetResult();
        Assert.Null(await waiting);
    }

    [Fact]
    public async Task The_cache_stays_within_its_bound()
    {
        await using CachingKeyProvider cache = CachingKeyProvider.Over(new MemoryKeyProvider(), TimeProvider.System, new CacheLimits { MaxEntries = 64 });
        for (int i = 0; i < 500; i++)
        {
            using KeyVersion made = await cache.CreateAsync(NewKey.Default(Name($"k{i}")), Stop);
            using KeyVersion? found = await cache.FindCurrentAsync(Name($"k{i}"), Stop);
            Assert.Equal(ProviderHistory.Hex(made), ProviderHistory.Hex(found!));
            Assert.InRange(cache.RememberedVersions, 1, 65);
        }
    }

    private ValueTask<IKeyProvider> SqliteAsync() =>
        new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System, Stop);
}
