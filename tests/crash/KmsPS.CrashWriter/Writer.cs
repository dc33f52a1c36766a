using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;

namespace KmsPS.CrashWriter;

/// <summary>
/// Changes a store and says on its standard output, one line each, what it is about to do (<c>?</c>) and what was answered
/// (<c>!</c>). Whoever reads the lines knows what must be found afterwards.
/// </summary>
internal static class Writer
{
    private const int Keys = 5;

    internal static async Task<int> RunAsync(string path, int seed, int count)
    {
        using StreamWriter log = new(global::System.Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        ProviderRegistry registry = new(BuiltInProviders.All);
        await using IKeyProvider store = await registry.OpenAsync(ProviderUri.Parse($"sqlite://file@{path}"), ProviderContext.System, CancellationToken.None);
        log.WriteLine("! open");
        for (int i = 0; i < count; i++)
        {
            // A small generator of its own: the same seed gives the same steps.
            seed = unchecked((seed * 1103515245) + 12345);
            await StepAsync(store, log, KeyName.Parse($"key{((uint)seed >> 16) % Keys}"), ((uint)seed >> 8) % 10);
        }

        return 0;
    }

    private static async Task StepAsync(IKeyProvider store, StreamWriter log, KeyName key, uint dice)
    {
        try
        {
            if (await store.FindMetadataAsync(key, CancellationToken.None) is null)
            {
                log.WriteLine($"? make {key.Value}");
                using KeyVersion made = await store.CreateAsync(NewKey.Default(key), CancellationToken.None);
                Acknowledge(log, "make", made);
            }
            else if (dice == 1 && await BeforeLastAsync(store, key) is { } old)
            {
                log.WriteLine($"? end {key.Value} {old.Value}");
                await ((IKeyLifecycle)store).ChangeAsync(new LifecycleChange(LifecycleAction.DestroyVersion, key, old), CancellationToken.None);
                log.WriteLine($"! end {key.Value} {old.Value}");
            }
            else if (dice > 0)
            {
                log.WriteLine($"? roll {key.Value}");
                using KeyVersion made = await store.RollAsync(key, null, null, CancellationToken.None);
                Acknowledge(log, "roll", made);
            }
            else
            {
                log.WriteLine($"? drop {key.Value}");
                await store.DeleteAsync(key, CancellationToken.None);
                log.WriteLine($"! drop {key.Value}");
            }
        }
        catch (KmsException failure)
        {
            log.WriteLine($"x {failure.Kind}: {failure.Message}");
        }
    }

    private static async Task<KeyVersionName?> BeforeLastAsync(IKeyProvider store, KeyName key) =>
        await ((IKeyLifecycle)store).FindLifecycleAsync(key, CancellationToken.None) is { Versions: [.., var old, _] } ? old.Name : null;

    private static void Acknowledge(StreamWriter log, string what, KeyVersion version)
    {
        using SecretLease lease = version.Material!.Open();
        log.WriteLine($"! {what} {version.Key.Value} {version.Name.Value} {Convert.ToHexStringLower(lease.Span)}");
    }
}
