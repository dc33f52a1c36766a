using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Opens what a connection request names.</summary>
internal static class ProviderOpening
{
    /// <summary>The current user's own embedded store: the one that <c>kms-server</c> keeps for the name <c>default</c>.</summary>
    internal static string OwnStore() => "sqlite://file@" + Path.Combine(UserFolders.Data("default"), "kms.db").Replace('\\', '/');

    /// <summary>Opens the provider and binds the caller.</summary>
    internal static async ValueTask<IKms> OpenAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        ProviderUri uri = ProviderUri.Parse(request.Uri);
        IKeyProvider store = await new ProviderRegistry([]).OpenAsync(uri, ProviderContext.System, cancellationToken).ConfigureAwait(false);
        throw new Engine.Errors.ConfigurationException($"'{store.Uri}' cannot be opened");
    }

    internal static ValueTask ProveAsync(IKms kms, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
