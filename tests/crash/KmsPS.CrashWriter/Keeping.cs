using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Secrets;

namespace KmsPS.CrashWriter;

/// <summary>Does one piece of work on a whole store, and says <c>! open</c> before and <c>! done</c> after.</summary>
internal static class Keeping
{
    internal static async Task<int> RunAsync(string path, string[] work)
    {
        using StreamWriter log = new(global::System.Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        await using IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{path}"), ProviderContext.System, CancellationToken.None);
        log.WriteLine("! open");
        switch (work)
        {
            case ["rekey"]:
                await store.Keeper!.RekeyAsync(new RekeyRequest(), null, CancellationToken.None);
                break;
            case ["restore", var backup]:
                using (BackupKeys keys = new(SecretBytes.CopyOf("correct horse"u8), []))
                {
                    await store.Keeper!.RestoreAsync(new RestoreRequest(backup, keys), null, CancellationToken.None);
                }

                break;
            default:
                throw new ArgumentException($"No such work: {string.Join(' ', work)}", nameof(work));
        }

        log.WriteLine("! done");
        return 0;
    }
}
