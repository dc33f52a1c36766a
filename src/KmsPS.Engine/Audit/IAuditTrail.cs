using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Audit;

/// <summary>Where the pipeline and the front door write down what happened. Every way out is written down once.</summary>
public interface IAuditTrail
{
    /// <summary>Counts a success of an operation that is aggregated. Allocates nothing once the triple is known.</summary>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AuditUnavailable"/>: no sink takes events.</exception>
    void CountOk(in Call call, KmsOperation operation, string key, int count);

    /// <summary>Writes an event at once.</summary>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AuditUnavailable"/>: no sink took it.</exception>
    ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken);

    /// <summary>Writes what is still being counted for this caller, key and operation; called before a refusal of the same.</summary>
    ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken);
}
