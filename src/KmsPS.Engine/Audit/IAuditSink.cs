namespace KmsPS.Engine.Audit;

/// <summary>A target of audit events.</summary>
public interface IAuditSink : IAsyncDisposable
{
    /// <summary>Its name, for errors and metrics.</summary>
    string Name { get; }

    /// <summary>Writes one event; when this returns the event is out of the process.</summary>
    ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken);
}
