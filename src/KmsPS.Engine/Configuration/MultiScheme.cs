namespace KmsPS.Engine.Configuration;

/// <summary>
/// Hadoop's handler that offers several HTTP schemes at once. Of them Negotiate is served; Basic and Digest ask for passwords, which a key
/// server should never see, and are refused at the start.
/// </summary>
/// <remarks>SOURCE: Hadoop MultiSchemeAuthenticationHandler, MultiSchemeDelegationTokenAuthenticationHandler; recorded/auth/start-failures, type-multi-scheme.</remarks>
internal static class MultiScheme
{
    private const string Prefix = "hadoop.kms.authentication.multi-scheme-auth-handler.";
    private const string Schemes = Prefix + "schemes";
    private const string TokenSchemes = Prefix + "delegation.schemes";
    private const string Remedy = "Callers sign in by Kerberos (Negotiate), by client certificates (kmsps.tls.client.rules) or by delegation tokens: list Negotiate alone, with the handler kerberos.";

    private static readonly string[] Known = ["Basic", "Negotiate", "Digest"];

    /// <summary>What cookies name as their type; <see langword="null"/> where <paramref name="type"/> is another handler.</summary>
    internal static string? CookieTypeOf(string type) =>
        type.EndsWith(".MultiSchemeDelegationTokenAuthenticationHandler", StringComparison.Ordinal) ? "multi-scheme-dt"
        : type.Equals("multi-scheme", StringComparison.OrdinalIgnoreCase) || type.EndsWith(".MultiSchemeAuthenticationHandler", StringComparison.Ordinal) ? "multi-scheme"
        : null;

    /// <summary>Refuses what is not served.</summary>
    /// <exception cref="Errors.ConfigurationException">A scheme or its handler is not served, or none is named.</exception>
    internal static AuthenticationKind Require(HadoopConfiguration source)
    {
        IReadOnlyList<string> schemes = source.GetList(Schemes);
        if (schemes.Count == 0)
        {
            throw source.Bad(Schemes, "multi-scheme authentication needs it", Remedy);
        }

        string[] named = [.. schemes.Select(scheme => Canonical(source, Schemes, scheme))];
        if (named.Distinct(StringComparer.Ordinal).Count() != named.Length)
        {
            throw source.Bad(Schemes, "names a scheme twice");
        }

        foreach (string scheme in named)
        {
            RequireHandler(source, scheme);
        }

        if (source.GetList(TokenSchemes).FirstOrDefault(scheme => !named.Contains(Canonical(source, TokenSchemes, scheme), StringComparer.Ordinal)) is { } other)
        {
            throw source.Bad(TokenSchemes, $"names '{Keys.Printable.Text(other)}', which {Schemes} does not");
        }

        return AuthenticationKind.Kerberos;
    }

    private static string Canonical(HadoopConfiguration source, string property, string scheme) =>
        Known.FirstOrDefault(known => known.Equals(scheme, StringComparison.OrdinalIgnoreCase)) ?? throw source.Bad(property, $"names '{Keys.Printable.Text(scheme)}', which is none of Basic, Negotiate and Digest", Remedy);

    private static void RequireHandler(HadoopConfiguration source, string scheme)
    {
        string property = $"{Schemes}.{scheme.ToLowerInvariant()}.handler";
        if (scheme != "Negotiate")
        {
            throw source.Bad(Schemes, $"names {scheme}, and this server asks nobody for a password", Remedy);
        }

        bool isKerberos = source.Optional(property) is { } handler
            && (handler.Equals("kerberos", StringComparison.OrdinalIgnoreCase) || handler.EndsWith(".KerberosAuthenticationHandler", StringComparison.Ordinal) || handler.EndsWith(".KerberosDelegationTokenAuthenticationHandler", StringComparison.Ordinal));
        if (!isKerberos)
        {
            throw source.Bad(property, "must be kerberos", Remedy);
        }
    }
}
