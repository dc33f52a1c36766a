using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using Npgsql;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// How to reach a PostgreSQL database: <c>postgres://user@host:5432/database</c>, several hosts parted by <c>;</c>, and the
/// properties below, which are all that can be said. A password never stands in the URI.
/// </summary>
internal sealed class PostgresOptions
{
    private const string Prefix = "kmsps.postgres.";
    private const int DefaultPort = 5432;
    private const int LongestPassword = 4096;

    private PostgresOptions(string place, NpgsqlConnectionStringBuilder connection)
    {
        Place = place;
        Connection = connection;
    }

    /// <summary>User, host and database, for people.</summary>
    internal string Place { get; }

    /// <summary>For the driver. Holds the password: never printed.</summary>
    internal NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary><c>kmsps.postgres.pool.size</c>: most connections at a time. Default 16.</summary>
    internal int PoolSize { get; private init; }

    /// <summary><c>kmsps.postgres.strict</c>: every use of a key asks the database first. Default false.</summary>
    internal bool IsStrict { get; private init; }

    /// <summary>Reads the URI and the properties.</summary>
    /// <exception cref="ConfigurationException">One of them cannot be used; the text names it.</exception>
    internal static PostgresOptions Read(ProviderUri uri, ProviderContext context)
    {
        (string user, string[] hosts, string database) = Split(uri);
        NpgsqlConnectionStringBuilder connection = new()
        {
            Username = user,
            Database = database,
            ApplicationName = "kmsps",
            Timeout = Number(context, "connect.timeout.seconds", 5, 1, 60),
            CommandTimeout = Number(context, "command.timeout.seconds", 10, 1, 600),
            CancellationTimeout = 2000,

            // The store lends its own sessions (SqlSessions), and each keeps its prepared statements.
            Pooling = false,
            MaxAutoPrepare = Flag(context, "prepare", true) ? 64 : 0,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false,
            PersistSecurityInfo = false,
        };
        SetHosts(connection, hosts);
        SetTls(connection, context, hosts);
        if (context.Property(Prefix + "search.path")?.Trim() is { Length: > 0 } path)
        {
            connection.SearchPath = path;
        }

        connection.Password = Password(context);
        connection.Passfile = context.Environment("PGPASSFILE");
        return new PostgresOptions($"postgres://{user}@{string.Join(';', hosts)}/{database}", connection)
        {
            PoolSize = Number(context, "pool.size", 16, 2, 1000),
            IsStrict = Flag(context, "strict", false),
        };
    }

    private static (string User, string[] Hosts, string Database) Split(ProviderUri uri)
    {
        string rest = uri.Rest.StartsWith("//", StringComparison.Ordinal) ? uri.Rest[2..] : throw Wrong("it has no '//'");
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? rest : rest[..slash];
        int at = authority.LastIndexOf('@');
        string user = at < 0 ? "" : authority[..at];
        string database = slash < 0 ? "" : rest[(slash + 1)..];
        string[] hosts = authority[(at + 1)..].Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        // INVARIANT: none of these texts quotes what may be a password.
        return (user, hosts, database) switch
        {
            _ when user.Contains(':', StringComparison.Ordinal) => throw Wrong("a password stands in it", $"Take it out: put it into a file of mode 0600 and name that in {Prefix}password.file or PGPASSFILE."),
            _ when rest.AsSpan().ContainsAny('?', '#') => throw Wrong("it has a query", $"Use the properties {Prefix}*."),
            ("", _, _) => throw Wrong("it names no user"),
            (_, [], _) => throw Wrong("it names no host"),
            (_, _, "") => throw Wrong("it names no database"),
            _ when database.Contains('/', StringComparison.Ordinal) => throw Wrong("its database has a '/'"),
            _ => (Uri.UnescapeDataString(user), [.. hosts.Select(Uri.UnescapeDataString)], Uri.UnescapeDataString(database)),
        };

        static ConfigurationException Wrong(string why, string remedy = "Write postgres://user@host:5432/database.") =>
            new($"A postgres:// URI cannot be used: {why}", remedy: remedy);
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder connection, string[] hosts)
    {
        (string Host, int Port)[] parts = [.. hosts.Select(SplitPort)];
        if (parts is [var single])
        {
            connection.Host = single.Host;
            connection.Port = single.Port;
            return;
        }

        connection.Host = string.Join(',', parts.Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Host}:{part.Port}")));
        connection.TargetSessionAttributes = "primary";

        // The driver remembers which host was down or a standby; after its usual ten seconds a promotion would be noticed too late.
        connection.HostRecheckSeconds = 1;
    }

    private static (string Host, int Port) SplitPort(string host)
    {
        int colon = host.LastIndexOf(':');
        if (colon < 0 || host.EndsWith(']'))
        {
            return (host, DefaultPort);
        }

        return int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= ushort.MaxValue
            ? (host[..colon], port)
            : throw new ConfigurationException($"A postgres:// URI cannot be used: '{Printable.Text(host)}' has no port number behind its colon", remedy: "Write postgres://user@host:5432/database.");
    }

    // Between machines a password or a sealed row is worth nothing if the peer is somebody else.
    private static void SetTls(NpgsqlConnectionStringBuilder connection, ProviderContext context, string[] hosts)
    {
        bool isLocal = hosts.All(static host => host.StartsWith('/') || SplitPort(host).Host is "localhost" or "127.0.0.1" or "[::1]");
        const string Property = Prefix + "ssl.mode";
        connection.SslMode = context.Property(Property)?.Trim() switch
        {
            null or "" => isLocal ? SslMode.Prefer : SslMode.VerifyFull,
            "disable" => SslMode.Disable,
            "prefer" => SslMode.Prefer,
            "require" => SslMode.Require,
            "verify-ca" => SslMode.VerifyCA,
            "verify-full" => SslMode.VerifyFull,
            { } other => throw new ConfigurationException($"{Property} is '{Printable.Text(other)}'", remedy: "Use disable, prefer, require, verify-ca or verify-full (the default between machines)."),
        };
        connection.RootCertificate = FileOf(context, "ssl.root.certificate");
        connection.SslCertificate = FileOf(context, "ssl.certificate");
        connection.SslKey = FileOf(context, "ssl.key");
    }

    // The driver takes the password as text, so here it is one; without any, the driver looks into PGPASSFILE or ~/.pgpass.
    private static string? Password(ProviderContext context)
    {
        if (FileOf(context, "password.file") is not { } path)
        {
            return context.Environment("PGPASSWORD");
        }

        try
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            {
                throw new ConfigurationException("The database's password file is open to others", path, remedy: $"Run: chmod 600 '{path}'.");
            }

            string text = new FileInfo(path).Length <= LongestPassword ? File.ReadAllText(path).TrimEnd('\r', '\n') : "";
            return text.Length > 0 ? text : throw new ConfigurationException("The database's password file holds no password", path, remedy: "Write the password into its first line.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The database's password file cannot be read: {failure.Message}", path, remedy: "Run as the account that owns the file.", inner: failure);
        }
    }

    private static string? FileOf(ProviderContext context, string name) =>
        context.Property(Prefix + name)?.Trim() is { Length: > 0 } path ? Path.GetFullPath(path, context.ConfigurationDirectory ?? Environment.CurrentDirectory) : null;

    private static int Number(ProviderContext context, string name, int otherwise, int least, int most) => context.Property(Prefix + name)?.Trim() switch
    {
        null or "" => otherwise,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most => value,
        { } text => throw new ConfigurationException($"{Prefix}{name} is '{Printable.Text(text)}'", remedy: string.Create(CultureInfo.InvariantCulture, $"Write a whole number from {least} to {most}.")),
    };

    private static bool Flag(ProviderContext context, string name, bool otherwise) => context.Property(Prefix + name)?.Trim() switch
    {
        null or "" => otherwise,
        "true" => true,
        "false" => false,
        { } text => throw new ConfigurationException($"{Prefix}{name} is '{Printable.Text(text)}'", remedy: "Write true or false."),
    };
}
