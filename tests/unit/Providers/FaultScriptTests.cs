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
            int failures = await RunScriptAsync(cache, truth);
            calls = faulty.Calls;
            Assert.Equal(fault == Fault.Delay || failing > calls ? 0 : 1, failures);
        }
        while (failing++ < calls);

        Assert.True(failing > Steps, $"Only {failing} calls were made to fail.");
    }

    private static async Task<int> RunScriptAsync(CachingKeyProvider cache, MemoryKeyProvider truth)
    {
        int failures = 0;
        for (int step = 0; step < Steps; step++)
        {
            KeyName key = KeyName.Parse($"k{step % 3}");
            try
            {
                await StepAsync(cache, key, step);
            }
            catch (KmsException failure) when (failure.Message == FaultyKeyProvider.Failure().Message)
            {
                failures++;
            }

            try
            {
                await CompareAsync(cache, truth, key);
            }
            catch (KmsException failure) when (failure.Message == FaultyKeyProvider.Failure().Message)
            {
                failures++;
                await CompareAsync(cache, truth, key);
            }
        }

        return failures;
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

    private static async Task CompareAsync(CachingKeyProvider cache, MemoryKeyProvider truth, KeyName key)
    {
        KeyMetadata? expected = await truth.FindMetadataAsync(key, Stop);
        Assert.Equal(expected?.Current, (await cache.FindMetadataAsync(key, Stop))?.Current);
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
