using KmsPS.Engine.Providers;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Opens what a connection request names.</summary>
internal static class ProviderOpening
{
    /// <summary>The current user's own embedded store: the one that <c>kms-server</c> keeps for the name <c>default</c>.</summary>
    internal static string OwnStore()
    {
        string folder = UserFolders.Data("default");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return "sqlite://file@" + Path.Combine(folder, "kms.db").Replace('\\', '/');
    }

    /// <summary>Opens the provider and binds the caller.</summary>
    internal static async ValueTask<IKms> OpenAsync(ConnectRequest request, CancellationToken cancellationToken) =>
        await EmbeddedOpening.OpenAsync(ProviderUri.Parse(request.Uri), request.ConfigPath, cancellationToken).ConfigureAwait(false);

    /// <summary>Proves that the provider answers.</summary>
    internal static ValueTask ProveAsync(IKms kms, CancellationToken cancellationToken) =>
        kms is EmbeddedKms ? ValueTask.CompletedTask : ValueTask.FromCanceled(cancellationToken);
}
