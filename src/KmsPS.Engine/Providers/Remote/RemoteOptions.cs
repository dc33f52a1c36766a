using System.Globalization;
using System.Net.Security;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>How a client behaves towards the servers of one URI. Defaults are Hadoop's, except where a remark says why not.</summary>
public sealed record RemoteOptions
{
    /// <summary>How long a server may take to begin its answer, and again for each further piece of it: <c>hadoop.security.kms.client.timeout</c> seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long connecting may take, TLS included: half of <see cref="Timeout"/>, at most 10 s. A stock client waits the whole time-out; but
    /// a host that does not even shake hands for ten seconds is down, and the next one is waiting.
    /// </summary>
    public TimeSpan ConnectTimeout => TimeSpan.FromTicks(Math.Min(Timeout.Ticks / 2, TimeSpan.FromSeconds(10).Ticks));

    /// <summary>Failures that may be followed by another attempt; the number of servers if <see langword="null"/>: <c>hadoop.security.kms.client.failover.max.retries</c>.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>First pause after a round over all servers: <c>hadoop.security.kms.client.failover.sleep.base.millis</c>.</summary>
    public TimeSpan SleepBase { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause: <c>hadoop.security.kms.client.failover.sleep.max.millis</c>.</summary>
    public TimeSpan SleepMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a request is repeated with fresh credentials: <c>hadoop.security.kms.client.authentication.retry-count</c>.</summary>
    public int AuthenticationRetries { get; init; } = 1;

    /// <summary>
    /// Whether create, roll and delete are sent to the next server although the first one may have done them, as a stock client does:
    /// <c>kmsps.client.resend.all</c>, default false. Then a roll may happen twice.
    /// </summary>
    public bool ResendsEverything { get; init; }

    /// <summary>How long a server that could not be reached is asked last; zero for never.</summary>
    public TimeSpan Avoidance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest answer, in bytes: <c>kmsps.client.response.limit</c>.</summary>
    public int ResponseLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>Whom to impersonate (<c>doAs</c>), or <see langword="null"/>.</summary>
    public string? DoAs { get; init; }

    /// <summary>How the client proves who it is.</summary>
    public IClientCredential Credential { get; init; } = SimpleCredential.CurrentUser;

    /// <summary>What TLS shows of the client to a server that asks: a certificate with its private key and its chain; <see langword="null"/> for nothing.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>Which server certificates are believed.</summary>
    public ServerTrust Trust { get; init; } = ServerTrust.System;

    /// <summary>Told, in one sentence, of what went wrong beside a request that succeeded.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads Hadoop's and our own properties.</summary>
    /// <exception cref="ConfigurationException">A value is no number, or a file cannot be read.</exception>
    public static RemoteOptions From(ProviderContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RemoteOptions usual = new();
        Func<string, string?> property = context.Property;
        return usual with
        {
            Timeout = TimeSpan.FromSeconds(Number(property, "hadoop.security.kms.client.timeout", 60, 1)),
            MaxRetries = property("hadoop.security.kms.client.failover.max.retries") is null ? null : Number(property, "hadoop.security.kms.client.failover.max.retries", 0, 0),
            SleepBase = TimeSpan.FromMilliseconds(Number(property, "hadoop.security.kms.client.failover.sleep.base.millis", 100, 0)),
            SleepMax = TimeSpan.FromMilliseconds(Number(property, "hadoop.security.kms.client.failover.sleep.max.millis", 2000, 0)),
            AuthenticationRetries = Number(property, "hadoop.security.kms.client.authentication.retry-count", 1, 0),
            ResendsEverything = string.Equals(property("kmsps.client.resend.all")?.Trim(), "true", StringComparison.OrdinalIgnoreCase),
            ResponseLimit = Number(property, "kmsps.client.response.limit", usual.ResponseLimit, 1024),
            DoAs = property("kmsps.client.doas"),
            Credential = ClientCredentials.From(context),
            Trust = ServerTrust.From(context),
            Time = context.Time,
        };
    }

    private static int Number(Func<string, string?> property, string name, int standard, int least) => property(name)?.Trim() switch
    {
        null or "" => standard,
        { } text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least => value,
        { } text => throw new ConfigurationException($"Property {name} is '{text}'", remedy: string.Create(CultureInfo.InvariantCulture, $"Give a whole number of at least {least}.")),
    };
}
