using System.Management.Automation;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
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

    /// <summary>Opens the provider, proves that it answers, and binds the caller.</summary>
    internal static async ValueTask<IKms> OpenAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        ProviderUri uri = ProviderUri.Parse(AsProvider(request.Uri));
        if (uri.Scheme != "kms")
        {
            return request is { User: null, Thumbprint: null, UseKerberos: false, Keytab: null }
                ? await EmbeddedOpening.OpenAsync(request.Uri, request.ConfigPath, cancellationToken).ConfigureAwait(false)
                : throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"-User, -UseKerberos, -Keytab and -Thumbprint are for servers; '{uri}' is opened in this process, by this process's account", "Leave them out, or connect to a server: kms://https@host:9600/kms.");
        }

        RemoteOptions usual = RemoteOptions.From(ProviderContext.System);
        IClientCredential credential = CredentialOf(request, usual);
        RemoteKms server = new(uri, usual with
        {
            Credential = credential,
            Trust = string.IsNullOrEmpty(request.Thumbprint) ? usual.Trust : ServerTrust.Thumbprint(request.Thumbprint),
        });
        try
        {
            await server.ProbeAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static IClientCredential CredentialOf(ConnectRequest request, RemoteOptions usual)
    {
        if (!request.UseKerberos)
        {
            return request.Keytab is not null ? throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "-Keytab belongs to -UseKerberos", "Add -UseKerberos, or leave -Keytab out.")
                : request.User is null ? usual.Credential
                : new SimpleCredential(request.User);
        }

        if (request.User is not null)
        {
            throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "-User is a name that nobody checks, and -UseKerberos proves another", "Give one of them.");
        }

        KerberosEnvironment.Apply(request.Keytab);
        return new NegotiateCredential();
    }

    // What a browser calls https://host:9600/kms, Hadoop calls kms://https@host:9600/kms. Both are understood.
    private static string AsProvider(string uri)
    {
        int mark = uri.IndexOf("://", StringComparison.Ordinal);
        return mark > 0 && uri[..mark] is "http" or "https" ? $"kms://{uri[..mark]}@{uri[(mark + 3)..]}" : uri;
    }
}
