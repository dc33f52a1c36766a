using System.Text.RegularExpressions;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Configuration;

/// <summary>Turns properties into <see cref="KmsSettings"/>; every value that cannot be used is refused with its file and line.</summary>
internal sealed class KmsSettingsReader
{
    private const string Auth = "hadoop.kms.authentication.";
    private const string Shared = "The servers on this data directory share one store, which does the work of ZooKeeper";

    private readonly string? _directory;
    private readonly VariableScope _scope;
    private readonly HadoopConfiguration _source;
    private readonly List<string> _warnings = [];

    internal KmsSettingsReader(string? directory, VariableScope scope)
    {
        if (directory is not null && !Directory.Exists(directory))
        {
            throw new ConfigurationException("the configuration folder does not exist", directory, remedy: "Create it, or name another with --config-dir.");
        }

        _directory = directory;
        _scope = scope with { System = name => scope.System(name) ?? (name == "kms.config.dir" ? directory : null) };
        _source = HadoopConfiguration.Load(directory, ["core-site.xml", "kms-site.xml"], _scope, EnvironmentOverrides.Of(_scope, _warnings));
    }

    internal KmsSettings Read()
    {
        KmsSettings settings = new()
        {
            Directory = _directory,
            Source = _source,
            Http = Http(),
            Tls = Tls(),
            ProviderUri = _source.Optional("hadoop.kms.key.provider.uri"),
            Cache = Cache(),
            AuditWindow = AuditWindow(),
            KeyAuthorization = _source.GetBool("hadoop.kms.key.authorization.enable", true),
            Authentication = Authentication(),
            Keys = KeyRules(),
            Acl = Acl(),
        };
        RequireKnownAuditLogger();
        return settings with { Warnings = [.. _warnings, .. _source.Warnings] };
    }

    private HttpSettings Http() => new()
    {
        Host = _source.Optional("hadoop.kms.http.host"),
        Port = _source.Get("hadoop.kms.http.port") is null ? null : Math.Max(0, _source.GetInt("hadoop.kms.http.port", 0, max: 65535)),
        UseTls = _source.Optional("hadoop.kms.ssl.enabled") is null ? null : _source.GetBool("hadoop.kms.ssl.enabled", false),
        MaxThreads = _source.GetInt("hadoop.http.max.threads", 1000, min: 1),
        MaxRequestHeaderBytes = _source.GetInt("hadoop.http.max.request.header.size", 65536, min: 1024, max: 1 << 20),
        MaxResponseHeaderBytes = _source.GetInt("hadoop.http.max.response.header.size", 65536, min: 1024, max: 1 << 20),
        IdleTimeout = Milliseconds("hadoop.http.idle_timeout.ms", 60_000, min: 1),
        Backlog = _source.GetInt("hadoop.http.socket.backlog.size", 4096, min: 1),
        Administrators = _source.Get("hadoop.kms.http.administrators"),
        Authorization = _source.GetBool("hadoop.security.authorization", false),
        InstrumentationRequiresAdmin = _source.GetBool("hadoop.security.instrumentation.requires.admin", false),
        Prometheus = _source.GetBool("hadoop.prometheus.endpoint.enabled", false),
        MetricsProcessName = _source.GetText("hadoop.kms.metrics.process.name", "KMS"),
        MetricsSessionId = _source.Optional("hadoop.kms.metrics.session.id"),
        MaxBodyBytes = _source.GetInt("kmsps.http.max.body.bytes", 1 << 20, min: 1024),
        MaxBatchBodyBytes = _source.GetInt("kmsps.http.max.batch.body.bytes", 8 << 20, min: 1024),
        Headers = _source.WithPrefix("hadoop.http.header.").ToDictionary(static each => each.Property.Name["hadoop.http.header.".Length..], static each => each.Value, StringComparer.OrdinalIgnoreCase),
    };

    private TlsSettings? Tls()
    {
        string name = _source.GetText("hadoop.ssl.server.conf", "ssl-server.xml");
        bool exists = _directory is not null && File.Exists(Path.Combine(_directory, name));
        HadoopConfiguration ssl = exists ? HadoopConfiguration.Load(_directory, [name], _scope, EnvironmentOverrides.OfTls(_scope)) : _source;
        if (ssl.Optional("ssl.server.keystore.location") is null && ssl.Optional("ssl.server.truststore.location") is null && !exists)
        {
            return null;
        }

        return new TlsSettings
        {
            Source = ssl,
            KeystorePath = ssl.Optional("ssl.server.keystore.location"),
            KeystoreType = ssl.GetText("ssl.server.keystore.type", "jks").ToLowerInvariant(),
            TruststorePath = ssl.Optional("ssl.server.truststore.location"),
            TruststoreType = ssl.GetText("ssl.server.truststore.type", "jks").ToLowerInvariant(),
            ReloadInterval = TimeSpan.FromMilliseconds(ssl.GetLong("ssl.server.truststore.reload.interval", 10_000, min: 1, max: int.MaxValue)),
            NeedClientCertificate = ssl.GetBool("ssl.server.need.client.auth", false),
            ExcludedSuites = ssl.GetList("ssl.server.exclude.cipher.list"),
            Protocols = _source.GetList("hadoop.ssl.enabled.protocols"),
        };
    }

    private CacheSettings Cache() => new()
    {
        Enabled = _source.GetBool("hadoop.kms.cache.enable", true),
        KeyLifetime = Milliseconds("hadoop.kms.cache.timeout.ms", 600_000),
        CurrentKeyLifetime = Milliseconds("hadoop.kms.current.key.cache.timeout.ms", 30_000),
    };

    // SOURCE: Hadoop KMSAudit schedules at a tenth of the window, and a tenth of less than 10 ms is none.
    private TimeSpan AuditWindow()
    {
        if (_source.Find("hadoop.kms.aggregation.delay.ms") is { } unread)
        {
            _warnings.Add($"{unread.Place}: hadoop.kms.aggregation.delay.ms is not read by any version of Hadoop KMS; hadoop.kms.audit.aggregation.window.ms is.");
        }

        return Milliseconds("hadoop.kms.audit.aggregation.window.ms", 10_000, min: 10);
    }

    private void RequireKnownAuditLogger()
    {
        foreach (string logger in _source.GetList("hadoop.kms.audit.logger"))
        {
            if (logger != "org.apache.hadoop.crypto.key.kms.server.SimpleKMSAuditLogger")
            {
                throw _source.Bad("hadoop.kms.audit.logger", $"names {logger}, and no such audit logger is known", "Remove it. This server writes Hadoop's lines and its own beside them, and reads no logger classes.");
            }
        }
    }

    private AuthenticationSettings Authentication()
    {
        (AuthenticationKind kind, string? cookieType) = Kind();
        string? mechanism = _source.Optional(Auth + "kerberos.name.rules.mechanism") ?? _source.Optional("hadoop.security.auth_to_local.mechanism");
        bool clusterKerberos = string.Equals(_source.Optional("hadoop.security.authentication"), "kerberos", StringComparison.OrdinalIgnoreCase);

        // SOURCE: Hadoop HadoopKerberosName.setConfiguration, then KerberosAuthenticationHandler.init over it.
        string rules = _source.Optional("hadoop.security.auth_to_local") ?? (clusterKerberos ? "DEFAULT" : "RULE:[1:$1] RULE:[2:$1]");
        if (kind == AuthenticationKind.Kerberos)
        {
            rules = _source.Optional(Auth + "kerberos.name.rules") ?? "DEFAULT";
        }

        return new AuthenticationSettings
        {
            Kind = kind,
            CookieType = cookieType,
            HasCertificateUsers = _source.Optional("kmsps.tls.client.rules") is not null,
            IsKindExplicit = _source.Optional(Auth + "type") is not null,
            AnonymousAllowed = _source.GetBool(Auth + "simple.anonymous.allowed", false),
            Principal = NotBlank(Auth + "kerberos.principal", "HTTP/localhost"),
            Keytab = NotBlank(Auth + "kerberos.keytab", Path.Combine(_scope.System("user.home") ?? "", "kms.keytab")),
            NameRules = rules,
            NameRulesProperty = kind == AuthenticationKind.Kerberos ? Auth + "kerberos.name.rules" : "hadoop.security.auth_to_local",
            NameRuleMechanism = mechanism ?? "hadoop",
            OpenPaths = OpenPaths(),
            TokenValidity = Seconds(Auth + "token.validity", 36_000, min: 1),
            MaxInactive = Seconds(Auth + "token.max-inactive-interval", -1) is { Ticks: > 0 } idle ? idle : null,
            CookieDomain = _source.Optional(Auth + "cookie.domain"),
            CookiePath = _source.Optional(Auth + "cookie.path"),
            IsCookiePersistent = _source.GetBool(Auth + "cookie.persistent", false),
            Signer = Signer(),
            SecretFile = _source.Optional(Auth + "signature.secret.file"),
            DelegationTokens = DelegationTokens(),
        };
    }

    private (AuthenticationKind Kind, string? CookieType) Kind() => _source.Optional(Auth + "type") switch
    {
        null => (AuthenticationKind.Simple, null),
        var text when text.Equals("simple", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".PseudoDelegationTokenAuthenticationHandler", StringComparison.Ordinal) => (AuthenticationKind.Simple, null),
        var text when text.Equals("kerberos", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".KerberosDelegationTokenAuthenticationHandler", StringComparison.Ordinal) => (AuthenticationKind.Kerberos, null),
        var text when MultiScheme.CookieTypeOf(text) is { } several => (MultiScheme.Require(_source), several),
        _ => throw _source.Bad(Auth + "type", "is not supported", "Use simple, kerberos or multi-scheme."),
    };

    private SignerKind Signer()
    {
        switch (_source.Optional(Auth + "signer.secret.provider"))
        {
            case null or "random":
                return SignerKind.Random;
            case "file":
                return SignerKind.File;
            case "zookeeper":
                _warnings.Add($"{_source.Find(Auth + "signer.secret.provider")!.Place}: {Shared}; the settings for ZooKeeper are not used.");
                return SignerKind.Shared;
            default:
                throw _source.Bad(Auth + "signer.secret.provider", "is not supported", "Use random, file or zookeeper (case counts).");
        }
    }

    private IReadOnlyList<string> OpenPaths()
    {
        IReadOnlyList<string> paths = _source.GetList(Auth + "kerberos.endpoint.whitelist");
        return paths.FirstOrDefault(static path => path.Length < 2 || path[0] != '/' || !(char.IsAsciiLetterOrDigit(path[1]) || path[1] == '_')) is { } bad
            ? throw _source.Bad(Auth + "kerberos.endpoint.whitelist", $"names '{bad}', which does not begin with a slash and a letter", "Write paths such as /jmx.")
            : paths;
    }

    private DelegationTokenSettings DelegationTokens()
    {
        if (_source.Find(Auth + "zk-dt-secret-manager.enable") is { } zk)
        {
            _warnings.Add($"{zk.Place}: {Shared}; the settings for ZooKeeper are not used.");
        }

        return new DelegationTokenSettings
        {
            KeyUpdateInterval = Seconds(Auth + "delegation-token.update-interval.sec", 86_400, min: 1),
            MaxLifetime = Seconds(Auth + "delegation-token.max-lifetime.sec", 604_800, min: 1),
            RenewInterval = Seconds(Auth + "delegation-token.renew-interval.sec", 86_400, min: 1),
            RemovalScanInterval = Seconds(Auth + "delegation-token.removal-scan-interval.sec", 3_600, min: 0),
            Shared = _source.Optional(Auth + "zk-dt-secret-manager.enable") is null ? null : _source.GetBool(Auth + "zk-dt-secret-manager.enable", false),
        };
    }

    private KeyPolicy KeyRules() => new()
    {
        ReuseDeletedNames = _source.GetBool("kmsps.key.deleted.name.reuse", true),
        NamePattern = NamePattern(),
        Cipher = new CipherName(_source.GetText("hadoop.security.key.default.cipher", CipherName.Default.Value)),
        BitLength = _source.GetInt("hadoop.security.key.default.bitlength", NewKey.DefaultBitLength, min: 1, max: 65536),
        MaxEeks = _source.GetInt("kmsps.eek.max.count", 10_000, min: 1, max: 1_000_000),
        Rollover = Rollover(),
        SchedulerInterval = TimeSpan.FromSeconds(_source.GetInt("kmsps.scheduler.interval.seconds", 3600, min: 0, max: 30 * 86_400)),
        SchedulerUser = _source.Optional("kmsps.scheduler.user"),
        DeletionWait = TimeSpan.FromDays(_source.GetInt("kmsps.key.deletion.wait.days", 7, min: 1, max: 3650)),
    };

    private RolloverPolicy Rollover()
    {
        const string Name = "kmsps.rollover.rules";
        if (_source.Get(Name) is not { } text)
        {
            return RolloverPolicy.None;
        }

        (RolloverPolicy? policy, string? problem) = RolloverPolicy.Parse(text);
        return policy ?? throw _source.Bad(Name, problem!, "Write one rule a line: a pattern of names, a blank, and an age such as 90d, or never.");
    }

    private Regex? NamePattern()
    {
        const string Name = "kmsps.key.name.pattern";
        if (_source.Optional(Name) is not { } pattern)
        {
            return null;
        }

        try
        {
            // No backtracking: a name from outside must not be able to keep a processor busy.
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            throw _source.Bad(Name, $"cannot be used as a pattern: {failure.Message}", "Write a regular expression without look-around and back references.", failure);
        }
    }

    private AclSettings Acl() => new()
    {
        EmptyValue = Choice("kmsps.acl.empty.value", ("unset", EmptyAclValue.NotSet), ("nobody", EmptyAclValue.Nobody)),
        IsPermissive = Choice("kmsps.acl.mode", ("enforcing", false), ("permissive", true)),
        FilterKeys = _source.GetBool("kmsps.acl.filter.keys", false),
    };

    private T Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (_source.Optional(name) is not { } text)
        {
            return choices[0].Value;
        }

        foreach ((string word, T value) in choices)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw _source.Bad(name, $"is neither {choices[0].Word} nor {choices[1].Word}");
    }

    // A blank principal or keytab stops a stock server; an empty one means the default. SOURCE: recordings, start-failures.
    private string NotBlank(string name, string fallback) => _source.Get(name) switch
    {
        null or "" => fallback,
        var text when JavaText.Trim(text) is { Length: > 0 } trimmed => trimmed,
        _ => throw _source.Bad(name, "is blank"),
    };

    private TimeSpan Milliseconds(string name, long fallback, long min = 0) => TimeSpan.FromMilliseconds(_source.GetLong(name, fallback, min, max: 365L * 24 * 3600 * 1000));

    private TimeSpan Seconds(string name, long fallback, long min = long.MinValue) => TimeSpan.FromSeconds(Math.Max(-1, _source.GetLong(name, fallback, min, max: 100L * 365 * 24 * 3600)));
}
