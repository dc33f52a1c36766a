using KmsPS.Engine.Audit;

namespace KmsPS.Tests.Audit;

/// <summary>A sink that keeps events, and can be told to fail or to wait.</summary>
internal sealed class MemorySink(string name = "memory") : IAuditSink
{
    private readonly Lock _lock = new();
    private readonly List<AuditEvent> _events = [];

    public string Name => name;

    public bool Fails { get; set; }

    public Task Gate { get; set; } = Task.CompletedTask;

    public bool IsDisposed { get; private set; }

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

    public IReadOnlyList<string> Lines => [.. Events.SelectMany(static entry => Enumerable.Repeat(HadoopAuditFormat.Message(entry), entry.HadoopLines))];

    public async ValueTask WriteAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken)
    {
        await Gate;
        if (Fails)
        {
            throw new IOException("No space left on device");
        }

        lock (_lock)
        {
            _events.AddRange(events);
        }
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
