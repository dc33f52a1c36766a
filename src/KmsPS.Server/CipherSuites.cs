using System.Net.Security;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using KmsPS.Engine.Configuration;

namespace KmsPS.Server;

/// <summary>What TLS may use: authenticated encryption with forward secrecy alone.</summary>
internal static class CipherSuites
{
    private const string Excluded = "ssl.server.exclude.cipher.list";

    private static readonly TlsCipherSuite[] Offered =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>What is offered.</summary>
    /// <param name="tls">What <c>ssl-server.xml</c> excludes: names of suites, or patterns of such names, as Jetty takes them.</param>
    /// <exception cref="Engine.Errors.ConfigurationException">A pattern is none, or nothing is left.</exception>
    public static TlsCipherSuite[] For(TlsSettings? tls)
    {
        TlsCipherSuite[] left = tls is null ? Offered : [.. Offered.Where(suite => !tls.ExcludedSuites.Any(pattern => Fits(tls, pattern, suite)))];
        return left.Length == 0 ? throw tls!.Source.Bad(Excluded, "leaves no suite to offer", $"Leave one of these: {string.Join(", ", Offered)}.")
            : OperatingSystem.IsLinux() || left.Length == Offered.Length ? left
            : throw tls!.Source.Bad(Excluded, "this platform does not let a server choose", "Exclude the suites in the system's own settings.");
    }

    /// <summary>The policy, where the platform takes one; elsewhere the system's own list decides.</summary>
    public static CipherSuitesPolicy? Policy(TlsCipherSuite[] suites) => OperatingSystem.IsLinux() ? new CipherSuitesPolicy(suites) : null;

    /// <summary>The versions that have a suite: one without any would end every handshake that could go on with the other.</summary>
    public static SslProtocols Versions(TlsCipherSuite[] suites) =>
        (suites.Any(IsOf13) ? SslProtocols.Tls13 : SslProtocols.None) | (suites.All(IsOf13) ? SslProtocols.None : SslProtocols.Tls12);

    // SOURCE: RFC 8446 §B.4: the names of its suites say nothing of a key exchange.
    private static bool IsOf13(TlsCipherSuite suite) => !suite.ToString().Contains("_WITH_", StringComparison.Ordinal);

    // SOURCE: Jetty SslContextFactory.processExcludeCipherSuites: a pattern that must fit the whole name.
    private static bool Fits(TlsSettings tls, string pattern, TlsCipherSuite suite)
    {
        try
        {
            return Regex.IsMatch(suite.ToString(), $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            throw tls.Source.Bad(Excluded, $"holds the pattern '{Engine.Keys.Printable.Text(pattern)}', which cannot be used: {failure.Message}", inner: failure);
        }
    }
}
