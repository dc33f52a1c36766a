namespace KmsPS.Engine.Audit;

/// <summary>A target of audit events.</summary>
public interface IAuditSink : IAsyncDisposable
{
    /// <summary>Its name, for errors and metrics.</summary>
    string Name { get; }

    /// <summary>
    /// Writes events in their order, all or none; when this returns they are out of the process. Never called twice at a time.
    /// </summary>
    /// <exception cref="IOException">They were not written; the sink can be asked again.</exception>
    ValueTask WriteAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken);
}
