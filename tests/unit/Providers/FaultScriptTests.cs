using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Forty changes through a cache over a store of which every single call fails once, in each way.</summary>
public sealed class FaultScriptTests
{
    private const int Steps = 40;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Fault.Before)]
    [InlineData(Fault.After)]
    [InlineData(Fault.Delay)]
    public async Task Whatever_call_fails_the_cache_tells_what_the_store_holds(Fault fault)
    {
        int failing = 1;
        int calls;
        do
        {
            MemoryKeyProvider truth = new();
            FaultyKeyProvider faulty = new(truth, failing, fault);
            await using CachingKeyProvider cache = CachingKeyProvider.Over(faulty, TimeProvider.System);
            int failures = await RunScriptAsync(cache, faulty, truth);
            calls = faulty.Calls;
            Assert.Equal(faulty.HasFailed ? 1 : 0, failures);
        }
        while (failing++ < calls);

        Assert.True(failing > Steps, $"Only {failing} calls were made to fail.");
    }

    private static async Task<int> RunScriptAsync(CachingKeyProvider cache, FaultyKeyProvider faulty, MemoryKeyProvider truth)
    {
        int failures = 0;
        for (int step = 0; step < Steps; step++)
        {
            KeyName key = KeyName.Parse($"k{step % 3}");
            failures += await IsMetAsync(faulty, () => StepAsync(cache, key, step)) ? 1 : 0;
            if (await IsMetAsync(faulty, () => CompareAsync(cache, faulty, truth, key)))
            {
                failures++;
                await CompareAsync(cache, faulty, truth, key);
            }
        }

        return failures;
    }

    // The failure is thrown, or what is remembered is served instead.
    private static async Task<bool> IsMetAsync(FaultyKeyProvider faulty, Func<Task> work)
    {
        bool hadFailed = faulty.HasFailed;
        try
        {
            await work();
        }
        catch (KmsException failure) when (failure.Message == FaultyKeyProvider.Failure().Message)
        {
            Assert.True(faulty.HasFailed && !hadFailed);
        }

        return faulty.HasFailed && !hadFailed;
    }

    private static async Task StepAsync(CachingKeyProvider cache, KeyName key, int step)
    {
        if (await cache.FindMetadataAsync(key, Stop) is null)
        {
            (await cache.CreateAsync(NewKey.Default(key), Stop)).Dispose();
        }
        else if (step % 10 == 9)
        {
            await cache.DeleteAsync(key, Stop);
        }
        else
        {
            (await cache.RollAsync(key, null, null, Stop)).Dispose();
        }
    }

    private static async Task CompareAsync(CachingKeyProvider cache, FaultyKeyProvider faulty, MemoryKeyProvider truth, KeyName key)
    {
        bool hadFailed = faulty.HasFailed;
        KeyMetadata? expected = await truth.FindMetadataAsync(key, Stop);
        KeyMetadata? told = await cache.FindMetadataAsync(key, Stop);
        if (faulty.HasFailed && !hadFailed)
        {
            // Metadata that outlasts an outage may be a roll late, and in nothing else wrong.
            Assert.Equal((expected?.Name, expected?.Created), (told?.Name, told?.Created));
            return;
        }

        Assert.Equal(expected?.Current, told?.Current);
        using KeyVersion? current = await cache.FindCurrentAsync(key, Stop);
        using KeyVersion? wanted = await truth.FindCurrentAsync(key, Stop);
        Assert.Equal(wanted is null ? null : ProviderHistory.Hex(wanted), current is null ? null : ProviderHistory.Hex(current));
        if (wanted is not null)
        {
            using KeyVersion? byName = await cache.FindVersionAsync(wanted.Name, Stop);
            Assert.Equal(ProviderHistory.Hex(wanted), ProviderHistory.Hex(byName!));
        }
    }
}
