using KmsPS.Engine.Providers;

namespace KmsPS.Tests.Providers;

/// <summary>Opens stores as a server does: a URI and some properties.</summary>
internal static class PostgresStores
{
    internal static ValueTask<IKeyProvider> OpenAsync(string uri, string keyFile, CancellationToken cancellationToken, params (string Name, string Value)[] properties) =>
        new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse(uri), Context([("kmsps.store.key.file", keyFile), .. properties]), cancellationToken);

    internal static ProviderContext Context(params (string Name, string Value)[] properties) =>
        ProviderContext.System with { Property = name => properties.FirstOrDefault(pair => pair.Name == name).Value };
}
