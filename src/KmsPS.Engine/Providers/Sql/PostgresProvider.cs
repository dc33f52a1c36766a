using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Opens a store that several servers share. The driver is loaded with the first such store, not before.</summary>
internal static class PostgresProvider
{
    internal static ProviderScheme Scheme { get; } = new("postgres", "A store for several servers: postgres://user@host:5432/database", OpenAsync);

    internal static async ValueTask<IKeyProvider> OpenAsync(ProviderUri uri, ProviderContext context, CancellationToken cancellationToken)
    {
        PostgresOptions options = PostgresOptions.Read(uri, context);
        string keyFile = KeyFile(uri, context);
        ChangeFence fence = new(options.Place);
        PostgresDialect dialect = new(options, fence);
        StoreKeyFile keys = new(keyFile, StorePassphrase.Find(context));
        SqlStore? store = context.IsTrial
            ? await SqlStore.FindAsync(dialect, keys, EpochFile(keyFile, context), context.Time, cancellationToken).ConfigureAwait(false)
            : await SqlStore.OpenAsync(dialect, keys, EpochFile(keyFile, context), context.Time, cancellationToken).ConfigureAwait(false);
        if (store is null)
        {
            return new AbsentSqlStore(uri);
        }

        try
        {
            PostgresChanges changes = await PostgresChanges.StartAsync(dialect, fence, options.IsStrict, context.Time, cancellationToken).ConfigureAwait(false);
            return new SqlKeyProvider(uri, store, changes, SqliteProvider.ReusesNames(context));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The key file may lie where the server cannot write.
    private static string EpochFile(string keyFile, ProviderContext context) =>
        context.DataDirectory is { } data ? Path.Combine(Path.GetFullPath(data), "postgres-epoch") : keyFile + "-epoch";

    private static string KeyFile(ProviderUri uri, ProviderContext context) => context.Property(SqliteProvider.KeyFileProperty)?.Trim() switch
    {
        { Length: > 0 } named => Path.GetFullPath(named, context.ConfigurationDirectory ?? Environment.CurrentDirectory),
        _ when context.DataDirectory is { } data => Path.Combine(Path.GetFullPath(data), "postgres.key"),
        _ => throw new ConfigurationException($"The store '{uri}' has no place for its store key", remedy: $"Name a file in {SqliteProvider.KeyFileProperty}; every server on this database needs a copy of it."),
    };
}
