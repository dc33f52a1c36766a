using System.Text.RegularExpressions;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Configuration;

/// <summary>Everything a server reads from a folder of Hadoop's files and from the environment, parsed once at the door.</summary>
/// <remarks>SOURCE: Hadoop kms-default.xml, KMSConfiguration, KMSWebServer; names that begin with <c>kmsps.</c> are ours.</remarks>
public sealed record KmsSettings
{
    /// <summary>The folder the files were read from; <see langword="null"/> where there is none.</summary>
    public string? Directory { get; init; }

    /// <summary>The properties themselves: core-site under kms-site under the environment.</summary>
    public HadoopConfiguration Source { get; init; } = HadoopConfiguration.Empty;

    /// <summary>What the start-up log should say about the files.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Listener and limits.</summary>
    public HttpSettings Http { get; init; } = new();

    /// <summary>Certificates as <c>ssl-server.xml</c> names them; <see langword="null"/> where it names none.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary><c>hadoop.kms.key.provider.uri</c>; <see langword="null"/> where it is not set, and the embedded store is used.</summary>
    public string? ProviderUri { get; init; }

    /// <summary>Key cache.</summary>
    public CacheSettings Cache { get; init; } = new();

    /// <summary><c>hadoop.kms.audit.aggregation.window.ms</c>, at least 10 ms. Default 10 s.</summary>
    public TimeSpan AuditWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>hadoop.kms.key.authorization.enable</c>: whether key lists are asked. Default true.</summary>
    public bool KeyAuthorization { get; init; } = true;

    /// <summary>Who may sign in, and how.</summary>
    public AuthenticationSettings Authentication { get; init; } = new();

    /// <summary>Rules for new keys.</summary>
    public KeyPolicy Keys { get; init; } = new();

    /// <summary>How <c>kms-acls.xml</c> is read and applied.</summary>
    public AclSettings Acl { get; init; } = new();

    /// <summary>Path of <c>kms-acls.xml</c> in the folder, whether it exists or not; <see langword="null"/> without a folder.</summary>
    public string? AclPath => Directory is null ? null : Path.Combine(Directory, "kms-acls.xml");

    /// <summary>Whether a refusal at the start is overridden by its name: <c>kmsps.allow.NAME</c> or <c>KMSPS_ALLOW_NAME</c>.</summary>
    /// <param name="refusal">Its name, such as <c>core.dumps</c>.</param>
    public bool Allows(string refusal) => Source.GetBool("kmsps.allow." + refusal, false);

    /// <summary>Reads a folder. All its files are optional.</summary>
    /// <param name="directory">Folder with <c>core-site.xml</c>, <c>kms-site.xml</c>, <c>ssl-server.xml</c>; <see langword="null"/> for defaults alone.</param>
    /// <param name="scope">Environment and system properties; <see langword="null"/> for the process's own.</param>
    /// <exception cref="ConfigurationException">The folder does not exist, a file is broken or a value cannot be used.</exception>
    public static KmsSettings Load(string? directory, VariableScope? scope = null) => new KmsSettingsReader(directory, scope ?? VariableScope.Process).Read();
}

/// <summary>How long what a store answered may be served again without asking.</summary>
public sealed record CacheSettings
{
    /// <summary><c>hadoop.kms.cache.enable</c>. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>hadoop.kms.cache.timeout.ms</c>: named versions and metadata, since their last use. Default 10 min.</summary>
    public TimeSpan KeyLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>hadoop.kms.current.key.cache.timeout.ms</c>: current versions, since they were read. Default 30 s.</summary>
    public TimeSpan CurrentKeyLifetime { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Rules for new keys.</summary>
public sealed record KeyPolicy
{
    /// <summary><c>kmsps.key.deleted.name.reuse</c>: whether a deleted key's name may be used again. Default true.</summary>
    public bool ReuseDeletedNames { get; init; } = true;

    /// <summary><c>kmsps.key.name.pattern</c>: what the whole of a new key's name must match; <see langword="null"/> for anything.</summary>
    public Regex? NamePattern { get; init; }

    /// <summary><c>hadoop.security.key.default.cipher</c>.</summary>
    public CipherName Cipher { get; init; } = CipherName.Default;

    /// <summary><c>hadoop.security.key.default.bitlength</c>. Default 128.</summary>
    public int BitLength { get; init; } = NewKey.DefaultBitLength;

    /// <summary>Most EEKs in one answer and in one batch: <c>kmsps.eek.max.count</c>. Default 10,000.</summary>
    public int MaxEeks { get; init; } = 10_000;

    /// <summary><c>kmsps.rollover.rules</c>: how old current versions may become. Default: nothing is rolled by itself.</summary>
    public RolloverPolicy Rollover { get; init; } = RolloverPolicy.None;

    /// <summary><c>kmsps.scheduler.interval.seconds</c>: how often a server looks for what is due. Default one hour; 0 never.</summary>
    public TimeSpan SchedulerInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary><c>kmsps.scheduler.user</c>: the short name that the access lists are asked for. Default: the account that runs the server.</summary>
    public string? SchedulerUser { get; init; }

    /// <summary><c>kmsps.key.deletion.wait.days</c>: least time between the planning of a deletion and the deletion. Default 7 days.</summary>
    public TimeSpan DeletionWait { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>What an empty <c>&lt;value/&gt;</c> of an access list means.</summary>
public enum EmptyAclValue
{
    /// <summary>The list counts as not set, as a stock server reads it.</summary>
    NotSet,

    /// <summary>Nobody, as the vendor's comments say.</summary>
    Nobody,
}

/// <summary>How <c>kms-acls.xml</c> is read and applied.</summary>
public sealed record AclSettings
{
    /// <summary><c>kmsps.acl.empty.value</c>: <c>unset</c> (default) or <c>nobody</c>.</summary>
    public EmptyAclValue EmptyValue { get; init; }

    /// <summary><c>kmsps.acl.mode</c> is <c>permissive</c>: refusals are written down and allowed. Default false.</summary>
    public bool IsPermissive { get; init; }

    /// <summary><c>kmsps.acl.filter.keys</c>: whether listings leave out keys whose lists give the caller nothing. Default false.</summary>
    public bool FilterKeys { get; init; }
}
