using KmsPS.Engine.Providers.Jceks;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Providers.Sql;

namespace KmsPS.Engine.Providers;

/// <summary>The stores that come with the engine: the one list that a new scheme is added to.</summary>
public static class BuiltInProviders
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ProviderScheme> All { get; } = [SqliteProvider.Scheme, PostgresProvider.Scheme, JceksKeyProvider.Scheme, RemoteKeyProvider.Scheme];
}
