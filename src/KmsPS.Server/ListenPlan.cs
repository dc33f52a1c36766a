using KmsPS.Engine.Configuration;

namespace KmsPS.Server;

/// <summary>Decides where to listen: the command line, else the files, else loopback with TLS.</summary>
internal static class ListenPlan
{
    /// <summary>The listeners, at least one.</summary>
    public static IReadOnlyList<ListenUrl> Of(ServerOptions options, KmsSettings settings)
    {
        if (options.Listen.Count > 0)
        {
            return options.Listen;
        }

        HttpSettings http = settings.Http;
        int port = options.Roles.Contains(ServerRole.Kms) ? ListenUrl.DefaultPort : ListenUrl.KeyTrusteePort;

        // TLS must be declined in so many words. Hadoop's own files decline it by silence once they name a host or port.
        bool isHadoops = http.Host is not null || http.Port is not null;
        string host = http.Host is null or "0.0.0.0" ? (isHadoops ? "*" : "127.0.0.1") : http.Host;
        return [new ListenUrl(http.UseTls ?? !isHadoops, host, http.Port ?? port)];
    }
}
