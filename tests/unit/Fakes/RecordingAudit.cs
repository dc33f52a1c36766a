using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

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

    public ValueTask CountOkAsync(in Call call, in AuditedAccess access, CancellationToken cancellationToken) => WriteAsync(
        new AuditEvent
        {
            At = DateTimeOffset.UnixEpoch,
            Outcome = AuditOutcome.Ok,
            Operation = access.Operation,
            Key = access.Key,
            Version = access.Version,
            User = call.Caller.FullName,
            AccessCount = 1,
            Count = access.Count,
        },
        cancellationToken);

    public ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _events.Add(entry);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RequireAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
