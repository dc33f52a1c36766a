using System.Diagnostics.CodeAnalysis;

namespace KmsPS.Engine.Configuration;

/// <summary>How callers prove who they are.</summary>
public enum AuthenticationKind
{
    /// <summary>By a <c>user.name</c> parameter.</summary>
    Simple,

    /// <summary>By SPNEGO.</summary>
    Kerberos,
}

/// <summary>Where the secret that signs cookies comes from.</summary>
public enum SignerKind
{
    /// <summary>32 random bytes, rolled every <see cref="AuthenticationSettings.TokenValidity"/>.</summary>
    Random,

    /// <summary>The content of <see cref="AuthenticationSettings.SecretFile"/>.</summary>
    File,

    /// <summary>Shared by the servers on one store; what Hadoop calls <c>zookeeper</c>.</summary>
    Shared,
}

/// <summary>Everything under <c>hadoop.kms.authentication.</c>, and the name rules.</summary>
public sealed record AuthenticationSettings
{
    /// <summary><c>type</c>. Default simple.</summary>
    public AuthenticationKind Kind { get; init; }

    /// <summary>What cookies name as their type. Default <c>simple-dt</c> or <c>kerberos-dt</c>; with several schemes <c>multi-scheme</c>.</summary>
    [AllowNull]
    public string CookieType
    {
        get => field ?? (Kind == AuthenticationKind.Kerberos ? "kerberos-dt" : "simple-dt");
        init;
    }

    /// <summary>Whether <c>kmsps.tls.client.rules</c> makes users of client certificates.</summary>
    public bool HasCertificateUsers { get; init; }

    /// <summary>Whether <c>type</c> is written in a file: <c>simple</c> off loopback must be asked for.</summary>
    public bool IsKindExplicit { get; init; }

    /// <summary><c>simple.anonymous.allowed</c>. Default false.</summary>
    public bool AnonymousAllowed { get; init; }

    /// <summary><c>kerberos.principal</c>. Default <c>HTTP/localhost</c>; <c>*</c> for all of the key table.</summary>
    public string Principal { get; init; } = "HTTP/localhost";

    /// <summary><c>kerberos.keytab</c>. Default <c>kms.keytab</c> in the account's home.</summary>
    public string Keytab { get; init; } = "";

    /// <summary>Name rules in force: <c>kerberos.name.rules</c> with Kerberos, <c>hadoop.security.auth_to_local</c> otherwise.</summary>
    public string NameRules { get; init; } = "RULE:[1:$1] RULE:[2:$1]";

    /// <summary>The property that <see cref="NameRules"/> come from, or would.</summary>
    public string NameRulesProperty { get; init; } = "hadoop.security.auth_to_local";

    /// <summary>The mechanism of the name rules, <c>hadoop</c> or <c>mit</c>. Default <c>hadoop</c>.</summary>
    public string NameRuleMechanism { get; init; } = "hadoop";

    /// <summary>Paths that ask nobody's name with Kerberos: <c>kerberos.endpoint.whitelist</c>.</summary>
    public IReadOnlyList<string> OpenPaths { get; init; } = [];

    /// <summary><c>token.validity</c>: lifetime of a cookie. Default 10 h.</summary>
    public TimeSpan TokenValidity { get; init; } = TimeSpan.FromHours(10);

    /// <summary><c>token.max-inactive-interval</c>; <see langword="null"/> (default) for off.</summary>
    public TimeSpan? MaxInactive { get; init; }

    /// <summary><c>cookie.domain</c>.</summary>
    public string? CookieDomain { get; init; }

    /// <summary><c>cookie.path</c>.</summary>
    public string? CookiePath { get; init; }

    /// <summary><c>cookie.persistent</c>. Default false.</summary>
    public bool IsCookiePersistent { get; init; }

    /// <summary><c>signer.secret.provider</c>. Default random.</summary>
    public SignerKind Signer { get; init; }

    /// <summary><c>signature.secret.file</c>, read only with the provider <c>file</c>.</summary>
    public string? SecretFile { get; init; }

    /// <summary><c>delegation-token.*</c>.</summary>
    public DelegationTokenSettings DelegationTokens { get; init; } = new();
}

/// <summary>Lifetimes of delegation tokens.</summary>
public sealed record DelegationTokenSettings
{
    /// <summary><c>delegation-token.update-interval.sec</c>: a new master key each. Default 1 day.</summary>
    public TimeSpan KeyUpdateInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary><c>delegation-token.max-lifetime.sec</c>. Default 7 days.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary><c>delegation-token.renew-interval.sec</c>. Default 1 day.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary><c>delegation-token.removal-scan-interval.sec</c>. Default 1 h; zero scans at every turn of the clock thread.</summary>
    public TimeSpan RemovalScanInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary><c>zk-dt-secret-manager.enable</c>: whether the servers on one store honour each other's tokens. <see langword="null"/> where it is not set.</summary>
    public bool? Shared { get; init; }
}
