using System.Diagnostics.Metrics;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Telemetry;

/// <summary>How an operation ended, for its measurements.</summary>
public enum OperationEnd
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>An access list refused it.</summary>
    Denied,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>Which limit of the front door turned something away.</summary>
public enum DoorRefusal
{
    /// <summary>Too many requests in work.</summary>
    Requests,

    /// <summary>Too many connections.</summary>
    Connections,

    /// <summary>Too many requests of one caller.</summary>
    Rate,

    /// <summary>Too many failed sign-ins of one address.</summary>
    Failures,
}

/// <summary>
/// Everything that is measured, as instruments of <see cref="System.Diagnostics.Metrics"/> and to be read here. Tags have values
/// from closed lists: no key's or user's name is ever one.
/// </summary>
public sealed class KmsMeter : IDisposable
{
    /// <summary>Name of the meter, for listeners and exporters.</summary>
    public const string Name = "KmsPS";

    /// <summary>Name of the counter of <see cref="WouldBeDenied"/>.</summary>
    public const string WouldBeDeniedName = "kms.acl.would_be_denied";

    private static readonly int Ends = Enum.GetValues<OperationEnd>().Length;

    private readonly Meter _meter = new(Name);
    private readonly List<MetricFamily> _families = [];
    private readonly DurationFamily _operations;
    private readonly CounterFamily _keys;
    private readonly CounterFamily _wouldBeDenied;
    private readonly CounterFamily _answers;
    private readonly CounterFamily _signIns;
    private readonly CounterFamily _clientCertificates;
    private readonly CounterFamily _refusals;
    private readonly CounterFamily _auditEvents;
    private readonly CounterFamily _auditFailures;

    /// <param name="time">The clock.</param>
    public KmsMeter(TimeProvider time)
    {
        string[] verbs = Enum.GetNames<KmsOperation>();
        Hadoop = new HadoopMeters(time);
        _operations = Keep(new DurationFamily(_meter, "kms.server.operation.duration", "Time that operations took, without reading and writing the request.", ("operation", verbs), ("outcome", ["ok", "denied", "failed"])));
        _keys = Keep(new CounterFamily(_meter, "kms.server.operation.keys", "{key}", "Keys and EEKs that operations were done on.", ("operation", verbs)));
        _wouldBeDenied = Keep(new CounterFamily(_meter, WouldBeDeniedName, "{refusal}", "What the access lists refused and permissive mode allowed.", ("operation", verbs)));
        _answers = Keep(new CounterFamily(_meter, "http.server.answers", "{answer}", "HTTP answers by the class of their status.", ("status", ["1xx", "2xx", "3xx", "4xx", "5xx"])));
        _signIns = Keep(new CounterFamily(_meter, "kms.authentication.attempts", "{attempt}", "Sign-ins.", ("outcome", ["ok", "refused"])));
        _clientCertificates = Keep(new CounterFamily(_meter, "kms.tls.client_certificates", "{certificate}", "Client certificates shown in handshakes.", ("outcome", ["ok", "refused"])));
        _refusals = Keep(new CounterFamily(_meter, "kms.door.refusals", "{refusal}", "What a limit turned away, a request or a connection.", ("limit", ["requests", "connections", "rate", "failures"])));
        _auditEvents = Keep(new CounterFamily(_meter, "kms.audit.events", "{event}", "Audit events written."));
        _auditFailures = Keep(new CounterFamily(_meter, "kms.audit.failures", "{failure}", "Writes that an audit sink refused."));
        Watch("process.uptime", "s", "Time since the measurements began.", Since(time));
    }

    /// <summary>The nine meters of a Hadoop KMS.</summary>
    public HadoopMeters Hadoop { get; }

    /// <summary>Every family, in the order they are shown.</summary>
    public IReadOnlyList<MetricFamily> Families
    {
        get
        {
            lock (_families)
            {
                return [.. _families];
            }
        }
    }

    /// <summary>An operation ended.</summary>
    public void Operation(KmsOperation verb, OperationEnd end, TimeSpan duration, int keys)
    {
        _operations.Record(((int)verb * Ends) + (int)end, duration);
        if (end == OperationEnd.Ok)
        {
            _keys.Add((int)verb, keys);
        }
    }

    /// <summary>The access lists refused, and permissive mode allowed.</summary>
    public void WouldBeDenied(KmsOperation verb) => _wouldBeDenied.Add((int)verb);

    /// <summary>An answer went out.</summary>
    public void Answer(int status)
    {
        _answers.Add(Math.Clamp(status / 100, 1, 5) - 1);
        Hadoop.Answered(status);
    }

    /// <summary>Somebody tried to sign in. A cookie that was verified a moment ago is no new attempt.</summary>
    public void SignIn(bool succeeded) => _signIns.Add(succeeded ? 0 : 1);

    /// <summary>A client has shown a certificate.</summary>
    public void ClientCertificate(bool isBelieved) => _clientCertificates.Add(isBelieved ? 0 : 1);

    /// <summary>A limit turned something away.</summary>
    public void Refused(DoorRefusal limit) => _refusals.Add((int)limit);

    /// <summary>Audit events were written.</summary>
    public void AuditWritten(int events) => _auditEvents.Add(0, events);

    /// <summary>An audit sink refused events.</summary>
    public void AuditRefused() => _auditFailures.Add(0);

    /// <summary>Adds a value that is read when somebody looks.</summary>
    public void Watch(string name, string unit, string description, Func<double> read) => Keep(new GaugeFamily(_meter, name, unit, description, read));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static Func<double> Since(TimeProvider time)
    {
        long started = time.GetTimestamp();
        return () => time.GetElapsedTime(started).TotalSeconds;
    }

    private T Keep<T>(T family)
        where T : MetricFamily
    {
        lock (_families)
        {
            _families.Add(family);
        }

        return family;
    }
}
