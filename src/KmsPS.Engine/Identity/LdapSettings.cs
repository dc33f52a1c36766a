using System.Text;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Identity;

/// <summary>How a directory is asked for groups. Names and defaults are those of Hadoop's LdapGroupsMapping.</summary>
public sealed record LdapSettings
{
    private const string Prefix = "hadoop.security.group.mapping.ldap.";

    /// <summary><c>url</c>: servers, tried in order; the one that answered last is tried first.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary><c>ssl</c>, or an <c>ldaps:</c> address.</summary>
    public bool UseTls { get; init; }

    /// <summary>Ours: <c>kmsps.ldap.starttls</c>. Turn a plain connection into an encrypted one before anything is sent.</summary>
    public bool StartTls { get; init; }

    /// <summary>Ours: <c>kmsps.ldap.ca.directory</c>: certificates to trust, in OpenSSL's hashed form; <see langword="null"/> for the system's.</summary>
    public string? CaDirectory { get; init; }

    /// <summary><c>bind.user</c>; empty for an anonymous bind.</summary>
    public string BindUser { get; init; } = "";

    /// <summary><c>bind.password</c>, or the content of <c>bind.password.file</c>; UTF-8.</summary>
    public SecretBytes? BindPassword { get; init; }

    /// <summary><c>userbase</c>, else <c>base</c>.</summary>
    public string UserBase { get; init; } = "";

    /// <summary><c>groupbase</c>, else <c>base</c>.</summary>
    public string GroupBase { get; init; } = "";

    /// <summary><c>search.filter.user</c>; <c>{0}</c> is the user.</summary>
    public string UserFilter { get; init; } = "(&(objectClass=user)(sAMAccountName={0}))";

    /// <summary><c>search.filter.group</c>.</summary>
    public string GroupFilter { get; init; } = "(objectClass=group)";

    /// <summary><c>search.attr.memberof</c>: groups are read from the user's entry, without a second search.</summary>
    public string MemberOfAttribute { get; init; } = "";

    /// <summary><c>search.attr.member</c>.</summary>
    public string MemberAttribute { get; init; } = "member";

    /// <summary><c>search.attr.group.name</c>.</summary>
    public string GroupNameAttribute { get; init; } = "cn";

    /// <summary><c>posix.attr.uid.name</c>.</summary>
    public string PosixUserAttribute { get; init; } = "uidNumber";

    /// <summary><c>posix.attr.gid.name</c>.</summary>
    public string PosixGroupAttribute { get; init; } = "gidNumber";

    /// <summary><c>search.group.hierarchy.levels</c>: how many steps to groups of groups.</summary>
    public int HierarchyLevels { get; init; }

    /// <summary><c>directory.search.timeout</c>.</summary>
    public TimeSpan SearchTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>connection.timeout.ms</c>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>num.attempts</c>.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary><c>num.attempts.before.failover</c>.</summary>
    public int AttemptsBeforeFailover { get; init; } = 3;

    /// <summary><c>conversion.rule</c> of RuleBasedLdapGroupsMapping: <c>to_upper</c>, <c>to_lower</c> or <c>none</c>.</summary>
    public string Conversion { get; init; } = "none";

    /// <summary>Whether user and group filters speak of POSIX accounts, whose membership is by number.</summary>
    public bool IsPosix => GroupFilter.Contains("posixGroup", StringComparison.Ordinal) && UserFilter.Contains("posixAccount", StringComparison.Ordinal);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ConfigurationException">No address, a malformed one, a password file that cannot be read, or a bad number.</exception>
    public static LdapSettings Read(HadoopConfiguration source, bool isRuleBased = false)
    {
        Uri[] servers = [.. source.GetList(Prefix + "url").Select(text => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "ldap" or "ldaps" ? uri : throw source.Bad(Prefix + "url", $"holds '{text}', which is no address such as ldap://host:389"))];
        string any = source.GetText(Prefix + "base", "");
        return new LdapSettings
        {
            Servers = servers.Length > 0 ? servers : throw source.Bad(Prefix + "url", "is needed for groups from LDAP", $"Set {Prefix}url to ldap://host or ldaps://host."),
            UseTls = source.GetBool(Prefix + "ssl", false),
            StartTls = source.GetBool("kmsps.ldap.starttls", false),
            CaDirectory = source.Optional("kmsps.ldap.ca.directory"),
            BindUser = source.GetText(Prefix + "bind.user", ""),
            BindPassword = Password(source),
            UserBase = source.GetText(Prefix + "userbase", any),
            GroupBase = source.GetText(Prefix + "groupbase", any),
            UserFilter = source.GetText(Prefix + "search.filter.user", "(&(objectClass=user)(sAMAccountName={0}))"),
            GroupFilter = source.GetText(Prefix + "search.filter.group", "(objectClass=group)"),
            MemberOfAttribute = source.GetText(Prefix + "search.attr.memberof", ""),
            MemberAttribute = source.GetText(Prefix + "search.attr.member", "member"),
            GroupNameAttribute = source.GetText(Prefix + "search.attr.group.name", "cn"),
            PosixUserAttribute = source.GetText(Prefix + "posix.attr.uid.name", "uidNumber"),
            PosixGroupAttribute = source.GetText(Prefix + "posix.attr.gid.name", "gidNumber"),
            HierarchyLevels = source.GetInt(Prefix + "search.group.hierarchy.levels", 0, min: 0, max: 100),
            SearchTimeout = TimeSpan.FromMilliseconds(source.GetInt(Prefix + "directory.search.timeout", 10_000, min: 1)),
            ConnectTimeout = TimeSpan.FromMilliseconds(source.GetInt(Prefix + "connection.timeout.ms", 60_000, min: 1)),
            Attempts = source.GetInt(Prefix + "num.attempts", 3, min: 1, max: 100),
            AttemptsBeforeFailover = source.GetInt(Prefix + "num.attempts.before.failover", 3, min: 1, max: 100),
            Conversion = isRuleBased ? Rule(source) : "none",
        };
    }

    private static string Rule(HadoopConfiguration source) =>
        source.GetText(Prefix + "conversion.rule", "none") is "to_upper" or "to_lower" or "none" ? source.GetText(Prefix + "conversion.rule", "none") : throw source.Bad(Prefix + "conversion.rule", "is none of to_upper, to_lower, none");

    private static SecretBytes? Password(HadoopConfiguration source)
    {
        if (source.Optional(Prefix + "bind.password") is { } text)
        {
            return SecretBytes.CopyOf(Encoding.UTF8.GetBytes(text));
        }

        if (source.Optional(Prefix + "bind.password.file") is not { } path)
        {
            return null;
        }

        try
        {
            // SOURCE: Hadoop LdapGroupsMapping.extractPassword trims the file's text.
            return SecretBytes.CopyOf(Encoding.UTF8.GetBytes(JavaText.Trim(File.ReadAllText(path))));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw source.Bad(Prefix + "bind.password.file", $"cannot be read: {failure.Message}", "Check that the file is there and readable by this account.", failure);
        }
    }
}
