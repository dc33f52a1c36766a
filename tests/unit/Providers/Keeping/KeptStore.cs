using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A store with keys of every kind, and what must be found in it afterwards.</summary>
internal static class KeptStore
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal static ValueTask<IKeyProvider> OpenAsync(string path, params (string Name, string Value)[] properties) => OpenAsync(path, TimeProvider.System, properties);

    internal static ValueTask<IKeyProvider> OpenAsync(string path, TimeProvider time, params (string Name, string Value)[] properties) => new ProviderRegistry(BuiltInProviders.All).OpenAsync(
        ProviderUri.Parse($"sqlite://file@{path}"), PostgresStores.Context(properties) with { Time = time, Environment = name => properties.FirstOrDefault(pair => pair.Name == name).Value }, Stop);

    /// <summary>Keys with several versions, one deleted, one purged and made again, and some state.</summary>
    internal static async Task<SortedDictionary<string, string>> FillAsync(IKeyProvider store, int keys = 6)
    {
        for (int i = 0; i < keys; i++)
        {
            KeyName name = KeyName.Parse($"key{i}");
            (await store.CreateAsync(NewKey.Default(name) with { BitLength = i % 2 == 0 ? 128 : 256, Description = $"number {i}" }, Stop)).Dispose();
            for (int roll = 0; roll < i; roll++)
            {
                (await store.RollAsync(name, null, null, Stop)).Dispose();
            }
        }

        KeyName gone = KeyName.Parse("gone");
        (await store.CreateAsync(NewKey.Default(gone), Stop)).Dispose();
        await store.DeleteAsync(gone, Stop);
        await ((ISoftDelete)store).PurgeAsync(gone, Stop);
        (await store.CreateAsync(NewKey.Default(gone), Stop)).Dispose();
        await store.DeleteAsync(gone, Stop);
        IStateStore state = ((IStateHolder)store).State;
        Assert.True(await state.TryWriteAsync("cookie", "one", new byte[] { 1, 2, 3 }, null, 0, Stop));
        await state.ReserveAsync("token", 1, Stop);
        return await ReadAsync(store);
    }

    /// <summary>Every version that can be used with its material, and every deleted key.</summary>
    internal static async Task<SortedDictionary<string, string>> ReadAsync(IKeyProvider store)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        await foreach (KeyMetadata key in store.ListAsync(Stop))
        {
            found.Add(key.Name.Value, $"{key.Cipher.Value} {key.BitLength} {key.Description} {key.Created:O} {key.Current.Value}");
            await foreach (KeyVersion version in store.ListVersionsAsync(key.Name, Stop))
            {
                found.Add(version.Name.Value, $"{version.Created:O} {ProviderHistory.Hex(version)}");
                version.Dispose();
            }
        }

        if (store is ISoftDelete trash)
        {
            await foreach (KeyMetadata key in trash.ListDeletedAsync(Stop))
            {
                found.Add($"deleted {key.Name.Value}", $"{key.Deleted:O}");
            }
        }

        return found;
    }
}
