using System.Threading.Channels;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Telemetry;

namespace KmsPS.Engine.Audit;

/// <summary>
/// Writes every event to every sink, in one order, off the request's thread. A request waits until its event is out of the process,
/// together with the events that came at the same time; what is aggregated waits for nothing.
/// </summary>
/// <remarks>
/// INVARIANT: it fails closed. When no sink took an event, whoever asked for it gets an exception and so answers nothing, and until a
/// sink takes events again nothing is counted and no change is begun.
/// </remarks>
public sealed class AuditTrail : IAuditTrail, IAsyncDisposable
{
    private const int LongestBatch = 1024;
    private readonly AuditAggregator _aggregator;
    private readonly AuditFanOut _sinks;
    private readonly TimeProvider _time;
    private readonly Channel<Item> _queue;
    private readonly ITimer _sweeps;
    private readonly Task _writer;
    private readonly List<AuditEvent> _kept = [];
    private int _disposed;

    /// <param name="sinks">Where events go; disposed with the trail.</param>
    /// <param name="aggregator">Counts what is aggregated; this trail's alone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onSinkFailure">Told when a sink refuses events that it took before, with the reason.</param>
    /// <param name="queueLength">Most events that wait to be written; whoever brings one more waits for room.</param>
    /// <param name="meter">Where events and failures are counted.</param>
    public AuditTrail(
        IReadOnlyList<IAuditSink> sinks, AuditAggregator aggregator, TimeProvider time, Action<IAuditSink, Exception> onSinkFailure, int queueLength = 8192, KmsMeter? meter = null)
    {
        ArgumentNullException.ThrowIfNull(aggregator);
        ArgumentNullException.ThrowIfNull(time);
        _aggregator = aggregator;
        _time = time;
        _sinks = new AuditFanOut(sinks, time, onSinkFailure, meter);
        _queue = Channel.CreateBounded<Item>(new BoundedChannelOptions(queueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writer = Task.Run(RunAsync);
        meter?.Watch("kms.audit.queue.length", "{event}", "Audit events that wait to be written.", () => _queue.Reader.Count);
        meter?.Watch("kms.audit.triples", "{triple}", "Triples of user, key and operation that are being counted.", () => aggregator.Count);
        TimeSpan period = aggregator.Window / 10;
        _sweeps = time.CreateTimer(static state => ((AuditTrail)state!)._queue.Writer.TryWrite(default), this, period, period);
    }

    /// <inheritdoc/>
    public ValueTask CountOkAsync(in Call call, in AuditedAccess access, CancellationToken cancellationToken) =>
        !_sinks.IsSilent && _aggregator.TryCount(call, access) ? ValueTask.CompletedTask : BeginAsync(call, access, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(AuditEvent entry, CancellationToken cancellationToken)
    {
        TaskCompletionSource receipt = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(new Item(entry, receipt), cancellationToken).ConfigureAwait(false);
        await receipt.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(Caller caller, KmsOperation operation, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return _aggregator.End(caller.FullName, operation, key) is { } summary ? WriteAsync(summary, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RequireAsync(CancellationToken cancellationToken) => _sinks.IsSilent ? SettleAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Writes what is still being counted, then closes the sinks.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _sweeps.DisposeAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        await _sinks.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Returns when everything that was brought before is written, and what is kept from before is.</summary>
    internal async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource receipt = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(new Item(null, receipt), cancellationToken).ConfigureAwait(false);
        await receipt.Task.ConfigureAwait(false);
    }

    private async ValueTask BeginAsync(Call call, AuditedAccess access, CancellationToken cancellationToken)
    {
        await RequireAsync(cancellationToken).ConfigureAwait(false);
        if (_aggregator.Begin(call, access) is not { } first)
        {
            return;
        }

        try
        {
            await WriteAsync(first, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The first access was refused. What others counted since is theirs and is kept.
            if (_aggregator.End(call.Caller.FullName, access.Verb, access.Key) is { InOwnLog: true } rest)
            {
                _queue.Writer.TryWrite(new Item(rest with { AccessCount = rest.AccessCount - 1 }, null));
            }

            throw;
        }
    }

    private async ValueTask EnqueueAsync(Item item, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw new KmsException(ErrorKind.AuditUnavailable, "The audit log is closed: the server is stopping.", "Try again when it runs.", isTransient: true, closed);
        }
    }

    private async Task RunAsync()
    {
        List<AuditEvent> events = [];
        List<TaskCompletionSource> receipts = [];
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            events.Clear();
            receipts.Clear();
            events.AddRange(_kept);
            while (events.Count + receipts.Count < LongestBatch + _kept.Count && _queue.Reader.TryRead(out Item item))
            {
                Take(item, events, receipts);
            }

            await WriteAsync(events, receipts).ConfigureAwait(false);
        }

        events.Clear();
        events.AddRange(_kept);
        _aggregator.Drain(events);
        await _sinks.WriteAsync(events).ConfigureAwait(false);
    }

    private void Take(in Item item, List<AuditEvent> events, List<TaskCompletionSource> receipts)
    {
        if (item.Receipt is { } receipt)
        {
            receipts.Add(receipt);
        }

        if (item.Event is { } entry)
        {
            events.Add(entry);
            if (item.Receipt is null)
            {
                _kept.Add(entry);
            }
        }
        else if (item.Receipt is null)
        {
            int before = events.Count;
            _aggregator.Sweep(events);
            _kept.AddRange(events.Skip(before));
        }
    }

    // _kept has, of the batch, what nobody waits for: it is written with the next batch when this one fails.
    private async ValueTask WriteAsync(List<AuditEvent> events, List<TaskCompletionSource> receipts)
    {
        if (await _sinks.WriteAsync(events).ConfigureAwait(false) is { } failure)
        {
            foreach (TaskCompletionSource receipt in receipts)
            {
                receipt.SetException(failure);
            }

            return;
        }

        _kept.Clear();
        foreach (TaskCompletionSource receipt in receipts)
        {
            receipt.SetResult();
        }
    }

    /// <summary>An event, a barrier (no event), or a sweep (neither).</summary>
    private readonly record struct Item(AuditEvent? Event, TaskCompletionSource? Receipt);
}
