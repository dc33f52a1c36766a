using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Server;

/// <summary>
/// What a server does not do by accident: talk in the clear or believe any name beyond this machine, leave secrets to others, or open
/// material to everybody. Each refusal has a name of its own; <c>kmsps.allow.NAME=true</c>, or Hadoop's own setting written in its
/// file, starts it all the same, with a warning.
/// </summary>
/// <remarks>
/// Two of its refusals have no override and are made where the store is opened: a store key that is another
/// store's, and one that others may read. An audit log that cannot be written is refused where it is opened.
/// </remarks>
internal static class StartGate
{
    /// <summary>The warnings for the log.</summary>
    /// <exception cref="ConfigurationException">A start is refused.</exception>
    public static IReadOnlyList<string> Check(ServerOptions options, KmsSettings settings, IReadOnlyList<ListenUrl> urls, CoreDumps coreDumps)
    {
        List<string> warnings = [];
        CheckCoreDumps(settings, coreDumps, warnings);
        CheckSecrets(settings, warnings);
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
                sign.IsKindExplicit || settings.Allows("simple.authentication"),
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

    /// <summary>Looks at who may read, set and delete material.</summary>
    /// <param name="rules">The rules in force.</param>
    /// <param name="isFile">Whether they come from a <c>kms-acls.xml</c>, which may open what it likes.</param>
    /// <param name="settings">Where the override is looked for.</param>
    /// <returns>The warning for the log, if there is one.</returns>
    /// <exception cref="ConfigurationException">A start is refused.</exception>
    public static string? CheckRules(AclSnapshot rules, bool isFile, KmsSettings settings)
    {
        AclOperation[] guarded = [AclOperation.Get, AclOperation.Delete, AclOperation.SetKeyMaterial];
        string open = string.Join(", ", guarded.Where(each => !rules.Operations.TryGetValue(each, out AclRule? rule) || rule.List.IsEverybody).Select(AclNames.Property));
        if (open.Length == 0)
        {
            return null;
        }

        string problem = $"Everybody who can sign in may read, set or delete key material: {open} names nobody in particular";
        Require(isFile || settings.Allows("open.acls"), problem, "Name who may in kms-acls.xml, or set KMSPS_ALLOW_OPEN_ACLS=true.");
        return problem + ".";
    }

    private static void CheckCoreDumps(KmsSettings settings, CoreDumps coreDumps, List<string> warnings)
    {
        if (coreDumps == CoreDumps.Unknown)
        {
            return;
        }

        const string Problem = "This system would write key material into core dumps, and does not let the server turn them off";
        Require(coreDumps == CoreDumps.Forbidden || settings.Allows("core.dumps"), Problem, "Allow setrlimit and prctl in the sandbox, or set KMSPS_ALLOW_CORE_DUMPS=true.");
        if (coreDumps == CoreDumps.Possible)
        {
            warnings.Add(Problem + ".");
        }
    }

    // What others may read, Hadoop's own files name and a stock server takes: a warning, and the strict form for those who want it. What
    // others may write lets them sign in as anybody.
    private static void CheckSecrets(KmsSettings settings, List<string> warnings)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        bool isStrict = settings.Source.GetBool("kmsps.require.private.secrets", false);
        foreach ((string property, string path) in SecretFiles.Of(settings))
        {
            UnixFileMode mode = File.GetUnixFileMode(path);
            bool isWritable = (mode & UnixFileMode.OtherWrite) != 0;
            if ((mode & UnixFileMode.OtherRead) == 0 && !isWritable)
            {
                continue;
            }

            string problem = $"Everybody on this machine may {(isWritable ? "change" : "read")} {path}, which {property} names";
            string chmod = $"Run: chmod 600 '{path}'.";
            Require(isWritable ? settings.Allows("writable.secrets") : !isStrict, problem, isWritable ? $"{chmod} Or set KMSPS_ALLOW_WRITABLE_SECRETS=true." : $"{chmod} Or take kmsps.require.private.secrets back.");
            warnings.Add($"{problem}. {chmod}");
        }
    }

    private static void Require(bool holds, string problem, string remedy)
    {
        if (!holds)
        {
            throw new ConfigurationException(problem, remedy: remedy);
        }
    }
}
