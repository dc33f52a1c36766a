using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Audit;

/// <summary>Where the pipeline and the front door write down what happened. Every way out is written down once.</summary>
public interface IAuditTrail
{
    /// <summary>
    /// Counts a success of an operation that is aggregated. Done at once, and without allocating, when the triple of user, key and
    /// operation is known; the first access of a triple is written before this returns.
    /// </summary>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AuditUnavailable"/>: no sink takes events.</exception>
    ValueTask CountOkAsync(in Call call, in AuditedAccess access, CancellationToken cancellationToken);

    /// <summary>Writes an event; when this returns, the operating system has it.</summary>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AuditUnavailable"/>: no sink took it.</exception>
    ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken);

    /// <summary>Writes what is still being counted for this caller, key and operation; called before a refusal of the same.</summary>
    ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken);

    /// <summary>
    /// Returns when events can be written: asked before anything is changed, so that a change that cannot be written down is not
    /// begun. Costs one read while all is well.
    /// </summary>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AuditUnavailable"/>: no sink takes events.</exception>
    ValueTask RequireAsync(CancellationToken cancellationToken);
}
