using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Audit;

/// <summary>How something ended.</summary>
public enum AuditOutcome
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>The access lists refused it.</summary>
    Unauthorized,

    /// <summary>The access lists refused it, and it was done all the same: the server is in permissive mode.</summary>
    WouldBeUnauthorized,

    /// <summary>It is not known who asked.</summary>
    Unauthenticated,

    /// <summary>It failed.</summary>
    Error,
}

/// <summary>
/// One thing that happened, as data. Every text form is made from this one: Hadoop's line, our JSON line, a counter.
/// </summary>
/// <remarks>An allow-list by its shape: there is no member that could hold key material, a token or a password.</remarks>
public sealed record AuditEvent
{
    /// <summary>When it ended, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How it ended.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>The operation's name in audit lines, such as <c>CREATE_KEY</c>; <see langword="null"/> when it failed before it was known.</summary>
    public string? Operation { get; init; }

    /// <summary>The key it was about.</summary>
    public string? Key { get; init; }

    /// <summary>The version it made or used.</summary>
    public string? Version { get; init; }

    /// <summary>The caller's full name: the impersonated one under doAs.</summary>
    public string? User { get; init; }

    /// <summary>Who signed in, under doAs or by a proxy's token.</summary>
    public string? RealUser { get; init; }

    /// <summary>How the caller proved who it is.</summary>
    public AuthenticationMethod? Authentication { get; init; }

    /// <summary>Address of the socket's other end.</summary>
    public string? Address { get; init; }

    /// <summary>HTTP method, or a cmdlet's name.</summary>
    public string? Method { get; init; }

    /// <summary>The URL as received; only for callers that nobody could identify.</summary>
    public string? Url { get; init; }

    /// <summary>What Hadoop's line says after the bracket.</summary>
    public string Extra { get; init; } = "";

    /// <summary>The failure's first line, or why the caller was not identified.</summary>
    public string? Message { get; init; }

    /// <summary>The rule that decided, with its place: <c>hadoop.kms.acl.CREATE (kms-acls.xml:12)</c>.</summary>
    public string? Rule { get; init; }

    /// <summary>Why the decision fell as it did.</summary>
    public string? Reason { get; init; }

    /// <summary>Number of keys or EEKs that were asked for, where it is not one.</summary>
    public int? Count { get; init; }

    /// <summary>Number of accesses as Hadoop's line counts them, the first one twice; <see langword="null"/> for an event that is never aggregated.</summary>
    public long? AccessCount { get; init; }

    /// <summary>The accesses that this event stands for, each in exactly one event; <see langword="null"/> for an event that is never aggregated.</summary>
    public IReadOnlyList<AccessShare>? Shares { get; init; }

    /// <summary>Milliseconds since the first access that is counted.</summary>
    public long? IntervalMilliseconds { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Names the request in other logs.</summary>
    public string? TraceId { get; init; }

    /// <summary>How many lines Hadoop's text log has for this: it writes none for some refusals and several for others.</summary>
    public int HadoopLines { get; init; } = 1;

    /// <summary>Whether our own log has it. False only for the extra lines that Hadoop's log is known for.</summary>
    public bool InOwnLog { get; init; } = true;
}
