using System.Globalization;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// The servers that a <c>kms://</c> URI names: <c>kms://https@h1;h2:9600/kms</c>. As with Hadoop the last port holds for every host that
/// names none; beyond Hadoop a host may have a port of its own, IPv6 addresses stand in brackets, and the port defaults to 9600.
/// </summary>
/// <remarks>SOURCE: Hadoop KMSClientProvider.Factory.</remarks>
public sealed record KmsAddress
{
    /// <summary>Hadoop's port since 3.0.</summary>
    public const int DefaultPort = 9600;

    private KmsAddress(IReadOnlyList<Uri> servers) => Servers = servers;

    /// <summary>The base of each server's REST routes, ending in <c>/v1/</c>: <c>https://h1:9600/kms/v1/</c>.</summary>
    public IReadOnlyList<Uri> Servers { get; }

    /// <summary>Reads a URI.</summary>
    /// <exception cref="ConfigurationException">It is no <c>kms://</c> URI that names a server.</exception>
    public static KmsAddress Parse(ProviderUri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        string rest = uri.Rest.StartsWith("//", StringComparison.Ordinal) ? uri.Rest[2..] : throw Wrong(uri, "it has no //");
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        string scheme = at > 0 ? rest[..at] : throw Wrong(uri, "it does not say http or https before an @");
        if (scheme is not ("http" or "https"))
        {
            throw Wrong(uri, $"'{scheme}' is neither http nor https");
        }

        string target = rest[(at + 1)..];
        int slash = target.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? target : target[..slash];
        string path = slash < 0 ? "" : target[slash..].TrimEnd('/');
        if (path.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            throw Wrong(uri, "its path has a query or a fragment");
        }

        (string Host, int? Port)[] hosts = [.. authority.Split(';').Select(host => Host(uri, host))];
        int common = hosts[^1].Port ?? DefaultPort;
        return new KmsAddress([.. hosts.Select(host => Base(uri, scheme, host.Host, host.Port ?? common, path))]);
    }

    private static (string Host, int? Port) Host(ProviderUri uri, string text)
    {
        int bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        int colon = text.IndexOf(':', Math.Max(bracket, 0));
        string host = colon < 0 ? text : text[..colon];
        if (host.Length == 0 || host.Contains('@', StringComparison.Ordinal))
        {
            throw Wrong(uri, $"No valid authority in kms uri [{uri}]");
        }

        return colon < 0
            ? (host, null)
            : int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
                ? (host, port)
                : throw Wrong(uri, $"Could not parse port in kms uri [{uri}]");
    }

    private static Uri Base(ProviderUri uri, string scheme, string host, int port, string path) =>
        Uri.TryCreate(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}{path}/v1/"), UriKind.Absolute, out Uri? made) && made.UserInfo.Length == 0
            ? made
            : throw Wrong(uri, $"'{host}' is no host name");

    private static ConfigurationException Wrong(ProviderUri uri, string problem) =>
        new($"'{uri}' names no KMS: {problem}", remedy: "Write kms://https@host1;host2:9600/kms.");
}
