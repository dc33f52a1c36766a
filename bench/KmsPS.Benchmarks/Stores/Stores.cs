using KmsPS.Engine.Providers;

namespace KmsPS.Benchmarks.Stores;

/// <summary>Opens stores as a server does.</summary>
internal static class Stores
{
    public static async Task<IKeyProvider> OpenAsync(string uri, string? keyFile = null) => await new ProviderRegistry(BuiltInProviders.All).OpenAsync(
        ProviderUri.Parse(uri),
        ProviderContext.System with { Property = name => name == "kmsps.store.key.file" ? keyFile : null },
        CancellationToken.None);
}
