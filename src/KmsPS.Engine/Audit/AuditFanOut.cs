using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine.Audit;

/// <summary>All sinks as one. One that took the events is enough; one that missed some says so itself when it works again.</summary>
internal sealed class AuditFanOut : IAsyncDisposable
{
    private readonly Target[] _targets;
    private readonly TimeProvider _time;
    private readonly Action<IAuditSink, Exception> _onFailure;
    private readonly KmsMeter? _meter;
    private bool _isSilent;

    internal AuditFanOut(IReadOnlyList<IAuditSink> sinks, TimeProvider time, Action<IAuditSink, Exception> onFailure, KmsMeter? meter)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        ArgumentNullException.ThrowIfNull(onFailure);
        _targets = [.. sinks.Select(static sink => new Target(sink))];
        _time = time;
        _onFailure = onFailure;
        _meter = meter;
    }

    /// <summary>Whether no sink took the events that were last to be written.</summary>
    internal bool IsSilent => Volatile.Read(ref _isSilent);

    /// <summary>Writes the events; what the askers are told when no sink took them, else <see langword="null"/>.</summary>
    internal async ValueTask<KmsException?> WriteAsync(List<AuditEvent> events)
    {
        if (events.Count == 0 && !_isSilent)
        {
            return null;
        }

        Exception? last = null;
        bool taken = _targets.Length == 0;
        foreach (Target target in _targets)
        {
            try
            {
                await target.Sink.WriteAsync(target.Missed == 0 ? events : [Gap(target), .. events], CancellationToken.None).ConfigureAwait(false);
                target.Missed = 0;
                target.IsDown = false;
                taken = true;
            }
            catch (Exception failure)
            {
                last = failure;
                _meter?.AuditRefused();
                target.Missed += events.Count;
                if (!target.IsDown)
                {
                    target.IsDown = true;
                    target.DownSince = _time.GetUtcNow();
                    _onFailure(target.Sink, failure);
                }
            }
        }

        Volatile.Write(ref _isSilent, !taken);
        _meter?.AuditWritten(taken ? events.Count : 0);
        return taken
            ? null
            : new KmsException(
                ErrorKind.AuditUnavailable,
                $"No audit log takes events: {string.Join(", ", _targets.Select(static target => target.Sink.Name))}: {last?.Message}",
                "Make room or restore the right to write there; the server goes on by itself.",
                isTransient: true,
                last);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Target target in _targets)
        {
            try
            {
                await target.Sink.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                _onFailure(target.Sink, failure);
            }
        }
    }

    private AuditEvent Gap(Target target) => new()
    {
        At = _time.GetUtcNow(),
        Outcome = AuditOutcome.Error,
        Operation = "AUDIT_GAP",
        Message = string.Create(CultureInfo.InvariantCulture, $"{target.Missed} events since {target.DownSince:O} could not be written here"),
        HadoopLines = 0,
    };

    private sealed class Target(IAuditSink sink)
    {
        internal IAuditSink Sink { get; } = sink;

        internal long Missed { get; set; }

        internal bool IsDown { get; set; }

        internal DateTimeOffset DownSince { get; set; }
    }
}
