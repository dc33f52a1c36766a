using System.Globalization;
using System.Net;
using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>One listener: scheme, host as it was written, port.</summary>
/// <param name="IsTls">Whether it is <c>https</c>.</param>
/// <param name="Host">A name, an address, or <c>*</c> for all addresses.</param>
/// <param name="Port">0 for a free one.</param>
internal sealed record ListenUrl(bool IsTls, string Host, int Port)
{
    /// <summary>The port of a Hadoop KMS.</summary>
    public const int DefaultPort = 9600;

    /// <summary>The port of a Key Trustee server.</summary>
    public const int KeyTrusteePort = 11371;

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Reads <c>https://host:port</c>.</summary>
    /// <exception cref="ConfigurationException">It is something else.</exception>
    public static ListenUrl Parse(string text)
    {
        const string Remedy = "Write https://HOST:PORT or http://HOST:PORT, for example https://127.0.0.1:9600; port 0 takes a free one.";
        ConfigurationException bad = new($"'{Engine.Keys.Printable.Text(text)}' is no address to listen on", remedy: Remedy);
        bool isTls = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isTls && !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            throw bad;
        }

        string authority = text[(isTls ? "https://" : "http://").Length..].TrimEnd('/');
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon >= 0 && !authority.EndsWith(']') && (authority[0] == '[' || authority.IndexOf(':', StringComparison.Ordinal) == colon);
        string host = hasPort ? authority[..colon] : authority;
        int port = DefaultPort;
        if (hasPort && !int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            throw bad;
        }

        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        bool isHost = host is "*" or "+" || IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns;
        return isHost && port is >= 0 and <= 65535 ? new ListenUrl(isTls, host == "+" ? "*" : host, port) : throw bad;
    }

    /// <summary>The URL with another port.</summary>
    public string WithPort(int port)
    {
        string host = Host == "*" ? "0.0.0.0" : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{(IsTls ? "https" : "http")}://{host}:{port}");
    }

    /// <summary>The URL.</summary>
    public override string ToString() => WithPort(Port);
}
