using System.Net.Security;
using System.Security.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>What a handshake may agree on.</summary>
/// <param name="Protocols">The versions.</param>
/// <param name="Suites">The suites, where the platform takes a choice; elsewhere the system's own list decides.</param>
internal sealed record TlsOffer(SslProtocols Protocols, CipherSuitesPolicy? Suites)
{
    private const string HadoopsDefault = "TLSv1.2";

    /// <summary>Reads it.</summary>
    /// <param name="tls"><c>ssl-server.xml</c>; <see langword="null"/> where there is none.</param>
    /// <exception cref="ConfigurationException">Nothing is left to agree on.</exception>
    public static TlsOffer Of(TlsSettings? tls)
    {
        TlsCipherSuite[] suites = CipherSuites.For(tls);
        SslProtocols protocols = Versions(tls) & CipherSuites.Versions(suites);
        return protocols != SslProtocols.None
            ? new TlsOffer(protocols, CipherSuites.Policy(suites))
            : throw tls!.Source.Bad("ssl.server.exclude.cipher.list", "leaves no suite for the versions that hadoop.ssl.enabled.protocols names");
    }

    // SOURCE: recorded/auth/tls-variants: hadoop.ssl.enabled.protocols limits what is offered; unset, 1.2 and 1.3 are. Hadoop's
    // HttpServer2.setEnabledProtocols takes the text of core-default.xml, which stands in every dump of a configuration, for unset.
    private static SslProtocols Versions(TlsSettings? tls)
    {
        if (tls?.Protocols is [HadoopsDefault])
        {
            return SslProtocols.Tls12 | SslProtocols.Tls13;
        }

        SslProtocols asked = SslProtocols.None;
        foreach (string name in tls?.Protocols ?? [])
        {
            asked |= name switch { "TLSv1.2" => SslProtocols.Tls12, "TLSv1.3" => SslProtocols.Tls13, _ => SslProtocols.None };
        }

        return asked != SslProtocols.None ? asked
            : tls is { Protocols.Count: > 0 } ? throw new ConfigurationException("hadoop.ssl.enabled.protocols names neither TLSv1.2 nor TLSv1.3", remedy: "Add one of them; older protocols are not served.")
            : SslProtocols.Tls12 | SslProtocols.Tls13;
    }
}
