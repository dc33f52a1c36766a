using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Opens the embedded store, and the state database of a server whose keys live elsewhere.</summary>
internal static class SqliteProvider
{
    /// <summary>Where the store key lies: beside the database unless this names another file.</summary>
    internal const string KeyFileProperty = "kmsps.store.key.file";

    /// <summary>Whether the name of a deleted key may be taken again.</summary>
    internal const string NameReuseProperty = "kmsps.key.deleted.name.reuse";

    internal static ProviderScheme Scheme { get; } = new("sqlite", "The embedded store: one file, sealed. sqlite://file@/absolute/path.db", OpenAsync);

    internal static async ValueTask<IKeyProvider> OpenAsync(ProviderUri uri, ProviderContext context, CancellationToken cancellationToken)
    {
        string path = uri.LocalPath();
        StoreKeyFile keys = new(context.Property(KeyFileProperty) ?? path + ".key", StorePassphrase.Find(context));
        SqlStore? store = context.IsTrial
            ? await SqlStore.FindAsync(new SqliteDialect(path), keys, path + "-epoch", context.Time, cancellationToken).ConfigureAwait(false)
            : await SqlStore.OpenAsync(new SqliteDialect(path), keys, path + "-epoch", context.Time, cancellationToken).ConfigureAwait(false);
        if (store is null)
        {
            return new AbsentSqlStore(uri);
        }

        try
        {
            return new SqlKeyProvider(uri, store, new ChangeFile(path + "-changes"), ReusesNames(context));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal static bool ReusesNames(ProviderContext context) =>
        !string.Equals(context.Property(NameReuseProperty)?.Trim(), "false", StringComparison.OrdinalIgnoreCase);

    internal static async ValueTask<SqlStore> OpenStoreAsync(string path, string? keyFile, SecretBytes? passphrase, TimeProvider time, CancellationToken cancellationToken) =>
        await SqlStore.OpenAsync(new SqliteDialect(path), new StoreKeyFile(keyFile ?? path + ".key", passphrase), path + "-epoch", time, cancellationToken).ConfigureAwait(false);
}
