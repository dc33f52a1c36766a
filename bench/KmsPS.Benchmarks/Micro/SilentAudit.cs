using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Benchmarks.Micro;

/// <summary>A trail that costs nothing, so that what is measured is everything else.</summary>
internal sealed class SilentAudit : IAuditTrail
{
    public ValueTask CountOkAsync(in Call call, in AuditedAccess access, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask RequireAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
