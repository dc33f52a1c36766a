using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>
/// What a server does not do by accident: talk in the clear or believe any name beyond this machine. Each refusal has a name of its
/// own; <c>kmsps.allow.NAME=true</c>, or Hadoop's own setting written in its file, starts it all the same, with a warning.
/// </summary>
internal static class StartGate
{
    /// <summary>The warnings for the log.</summary>
    /// <exception cref="ConfigurationException">A start is refused.</exception>
    public static IReadOnlyList<string> Check(ServerOptions options, KmsSettings settings, IReadOnlyList<ListenUrl> urls)
    {
        List<string> warnings = [];
        ListenUrl[] reachable = [.. urls.Where(static url => !url.IsLoopback)];
        if (reachable.FirstOrDefault(static url => !url.IsTls) is { } clear)
        {
            // http:// on the command line, or Hadoop's own files, asked for it in so many words.
            warnings.Add($"{clear} is not encrypted: keys and credentials travel in the clear. Use https://, or set hadoop.kms.ssl.enabled.");
        }

        AuthenticationSettings sign = settings.Authentication;
        if (sign.Kind == AuthenticationKind.Simple && reachable.Length > 0)
        {
            Require(
                sign.IsKindExplicit || IsAllowed(settings, "simple.authentication"),
                $"{reachable[0]} would believe any name that a caller gives (hadoop.kms.authentication.type is simple)",
                "Write hadoop.kms.authentication.type into kms-site.xml (kerberos, or simple if you mean it), set KMSPS_ALLOW_SIMPLE_AUTHENTICATION=true, or listen on 127.0.0.1.");
            warnings.Add($"{reachable[0]} believes any name that a caller gives: hadoop.kms.authentication.type is simple.");
        }

        if (options.Roles.Contains(ServerRole.KeyTrustee))
        {
            throw new ConfigurationException("The role keytrustee is not served by this version", remedy: "Leave --role out, or use --role kms.");
        }

        return warnings;
    }

    private static bool IsAllowed(KmsSettings settings, string what) =>
        string.Equals(settings.Source.Optional($"kmsps.allow.{what}"), "true", StringComparison.OrdinalIgnoreCase)
        || string.Equals(Environment.GetEnvironmentVariable($"KMSPS_ALLOW_{what.ToUpperInvariant().Replace('.', '_')}"), "true", StringComparison.OrdinalIgnoreCase);

    private static void Require(bool holds, string problem, string remedy)
    {
        if (!holds)
        {
            throw new ConfigurationException(problem, remedy: remedy);
        }
    }
}
