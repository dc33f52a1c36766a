using System.Management.Automation;
using System.Net.Security;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
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
    internal static async ValueTask<OpenedProvider> OpenAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        ProviderUri uri = ProviderUri.Parse(AsProvider(request.Uri));
        if (uri.Scheme != "kms")
        {
            if (request.IsForServer)
            {
                throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"-User, -Credential, -UseKerberos, -Keytab, -Certificate, -DelegationToken, -AsUser, -TrustPath and -Thumbprint are for servers; '{uri}' is opened in this process, by this process's account", "Leave them out, or connect to a server: kms://https@host:9600/kms.");
            }

            using SecretBytes? passphrase = request.StorePassphrase is null ? null : SecureText.Passphrase(request.StorePassphrase);
            EmbeddedKms embedded = await EmbeddedOpening.OpenAsync(request.Uri, request.ConfigPath, passphrase, request.IsTrial, cancellationToken).ConfigureAwait(false);
            return new OpenedProvider(embedded, embedded.Call.Caller.ShortName, "process");
        }

        if (request.StorePassphrase is not null)
        {
            throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"-StorePassphrase is for stores that this process opens; '{uri}' is a server, which has its own", "Leave it out.");
        }

        SignInChoice.Check(request);
        RemoteOptions options = RemoteOptions.From(Settings(request.ConfigPath));
        options = options with
        {
            DoAs = request.AsUser ?? options.DoAs,
            Trust = !string.IsNullOrEmpty(request.Thumbprint) ? ServerTrust.Thumbprint(request.Thumbprint) : request.Roots is { } roots ? ServerTrust.Roots(roots) : options.Trust,
            Certificate = request.Certificate is { } shown ? SslStreamCertificateContext.Create(shown.Leaf, shown.Chain, offline: true) : null,
        };
        SignInChoice choice = await SignInChoice.OfAsync(request, options.Credential, () => WantsTicketAsync(uri, options, cancellationToken)).ConfigureAwait(false);
        RemoteKms server = new(uri, options with { Credential = choice.Credential });
        try
        {
            await server.ProbeAsync(cancellationToken).ConfigureAwait(false);
            return new OpenedProvider(server, options.DoAs ?? choice.User, choice.Method) { RealUser = options.DoAs is null ? null : choice.User };
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What a client finds in Hadoop's files: time-outs, trust (kmsps.client.trust), sign-in.
    private static ProviderContext Settings(string? configPath)
    {
        if (configPath is null)
        {
            return ProviderContext.System;
        }

        KmsSettings settings = KmsSettings.Load(configPath);
        return ProviderContext.System with { Property = settings.Source.Get, ConfigurationDirectory = settings.Directory };
    }

    private static async ValueTask<bool> WantsTicketAsync(ProviderUri uri, RemoteOptions options, CancellationToken cancellationToken)
    {
        RemoteKms stranger = new(uri, options);
        await using (stranger.ConfigureAwait(false))
        {
            return await stranger.WantsTicketAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // What a browser calls https://host:9600/kms, Hadoop calls kms://https@host:9600/kms. Both are understood.
    private static string AsProvider(string uri)
    {
        int mark = uri.IndexOf("://", StringComparison.Ordinal);
        return mark > 0 && uri[..mark] is "http" or "https" ? $"kms://{uri[..mark]}@{uri[(mark + 3)..]}" : uri;
    }
}
