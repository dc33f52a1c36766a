using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Tests.Fakes;

/// <summary>Keeps every audit event in memory.</summary>
public sealed class RecordingAudit : IAuditTrail
{
    private readonly Lock _lock = new();
    private readonly List<AuditEvent> _events = [];

    public IReadOnlyList<AuditEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public void CountOk(in Call call, KmsOperation operation, string key, int count)
    {
        lock (_lock)
        {
            _events.Add(new AuditEvent { At = DateTimeOffset.UnixEpoch, Outcome = AuditOutcome.Ok, Operation = OperationTable.Of(operation).AuditName, Key = key, User = call.Caller.FullName, AccessCount = 1, Count = count });
        }
    }

    public ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _events.Add(entry);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
