using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Server.Limits;

/// <summary>How much one server takes on, and how much of it from one caller.</summary>
internal sealed record LimitSettings
{
    /// <summary>Requests in work at once: <c>hadoop.http.max.threads</c>. Default 1000.</summary>
    public int Requests { get; init; } = 1000;

    /// <summary>Connections at once: <c>kmsps.http.max.connections</c>. Default 10,000.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Connections of one address at once: <c>kmsps.http.max.connections.per.address</c>. Default 0, no limit of its own.</summary>
    public int ConnectionsOfAddress { get; init; }

    /// <summary>Requests of one caller in a second: <c>kmsps.rate.limit.per.second</c>. Default 0, off.</summary>
    public int CallerRate { get; init; }

    /// <summary>Requests of one caller that may come at once: <c>kmsps.rate.limit.burst</c>. Default two seconds' worth.</summary>
    public int CallerBurst { get; init; }

    /// <summary>Failed sign-ins of one address in a minute: <c>kmsps.signin.failures.per.minute</c>. Default 300; 0 is off.</summary>
    public int FailureRate { get; init; } = 300;

    /// <summary>Failed sign-ins of one address that may come at once: <c>kmsps.signin.failures.burst</c>. Default 1000.</summary>
    public int FailureBurst { get; init; } = 1000;

    /// <summary>Whose failures are not counted, because many callers come from there: <c>kmsps.signin.failures.exempt</c>.</summary>
    public HostList Exempt { get; init; } = HostList.None;

    /// <summary>Reads them.</summary>
    /// <param name="settings">The server's configuration.</param>
    /// <param name="warn">Is told of a host without an address.</param>
    /// <exception cref="Engine.Errors.ConfigurationException">A number is none, or a range is malformed.</exception>
    public static LimitSettings From(KmsSettings settings, Action<string> warn)
    {
        const string Exempt = "kmsps.signin.failures.exempt";
        HadoopConfiguration source = settings.Source;
        int connections = source.GetInt("kmsps.http.max.connections", 10_000, min: 1);
        int rate = source.GetInt("kmsps.rate.limit.per.second", 0, min: 0, max: 1_000_000);
        return new LimitSettings
        {
            Requests = settings.Http.MaxThreads,
            Connections = connections,
            ConnectionsOfAddress = source.GetInt("kmsps.http.max.connections.per.address", 0, min: 0),
            CallerRate = rate,
            CallerBurst = source.GetInt("kmsps.rate.limit.burst", Math.Max(1, 2 * rate), min: 1, max: 10_000_000),
            FailureRate = source.GetInt("kmsps.signin.failures.per.minute", 300, min: 0, max: 1_000_000),
            FailureBurst = source.GetInt("kmsps.signin.failures.burst", 1000, min: 1, max: 10_000_000),
            Exempt = source.Find(Exempt) is not { } property ? HostList.None
                : HostList.Parse(source.GetText(Exempt, ""), problem => source.Bad(Exempt, problem), host => warn($"{property.Place}: {Exempt}: the host '{host}' has no address and matches nobody.")),
        };
    }
}
