using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;

namespace KmsPS.CrashWriter;

/// <summary>Does one piece of work on a whole store, and says <c>! open</c> before and <c>! done</c> after.</summary>
internal static class Keeping
{
    /// <param name="place">The file of an embedded store, or a store's URI.</param>
    /// <param name="work">What to do; <c>rekey</c> may name the file with the store key.</param>
    internal static async Task<int> RunAsync(string place, string[] work)
    {
        using StreamWriter log = new(global::System.Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        await using IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(
            ProviderUri.Parse(place.Contains("://", StringComparison.Ordinal) ? place : $"sqlite://file@{place}"),
            ProviderContext.System with { Property = name => name == "kmsps.store.key.file" && work is ["rekey", var file] ? file : null },
            CancellationToken.None);
        log.WriteLine("! open");
        switch (work)
        {
            case ["rekey", ..]:
                await store.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, CancellationToken.None);
                break;
            case ["restore", var backup]:
                using (BackupKeys keys = new(SecretBytes.CopyOf("correct horse"u8), []))
                {
                    await store.Keeper!.RestoreAsync(new RestoreRequest(backup, keys), null, CancellationToken.None);
                }

                break;
            case ["move", var keystore]:
                await MoveAsync(store, keystore, log);
                break;
            default:
                throw new ArgumentException($"No such work: {string.Join(' ', work)}", nameof(work));
        }

        log.WriteLine("! done");
        return 0;
    }

    // Every key into a Java keystore, many at a time, and a line for each that was answered.
    private static async Task MoveAsync(IKeyProvider store, string keystore, StreamWriter log)
    {
        ProviderContext fewIterations = ProviderContext.System with { Property = static name => name == "jdk.jceks.iterationCount" ? "10000" : null };
        await using IKeyProvider destination = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"jceks://file@{keystore}"), fewIterations, CancellationToken.None);
        TextWriter lines = TextWriter.Synchronized(log);
        await Parallel.ForEachAsync(await store.ListAsync(CancellationToken.None).ToListAsync(), new ParallelOptions { MaxDegreeOfParallelism = destination.ImportLanes }, async (key, stop) =>
        {
            if (await destination.FindMetadataAsync(key.Name, stop) is null)
            {
                using KeyImage image = new(key, await store.ListVersionsAsync(key.Name, stop).ToListAsync(stop));
                await destination.ImportAsync(image, 0, stop);
                lines.WriteLine($"! move {key.Name.Value}");
            }
        });
    }
}
