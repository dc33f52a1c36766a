using System.Globalization;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Scheduling;

/// <summary>
/// Rolls keys whose crypto-period has ended and deletes those whose deletion is due: one server of all on a store at a time. What is due is
/// told by the store, so a turn that was missed is made up for by the next, and a turn too many does nothing.
/// </summary>
/// <remarks>It goes through the same door as everybody: decided by the access lists, written into the audit log under a name of its own.</remarks>
public sealed class KeyScheduler : IAsyncDisposable
{
    /// <summary>The name in the audit log.</summary>
    public const string AuditedAs = "kmsps-scheduler";

    private const string LeaseName = "key-scheduler";
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly KmsEngine _engine;
    private readonly Call _call;
    private readonly KmsNotices _notices;
    private readonly TimeProvider _time;
    private readonly Lease _lease;
    private readonly ClockGuard _clock;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <param name="engine">The front desk.</param>
    /// <param name="state">What the servers on the store share.</param>
    /// <param name="caller">Who the access lists are asked for: the short name of <c>kmsps.scheduler.user</c>.</param>
    /// <param name="server">Names this server in the lease.</param>
    /// <param name="notices">Whom to tell.</param>
    /// <param name="time">The clock.</param>
    public KeyScheduler(KmsEngine engine, IStateStore state, string caller, string server, KmsNotices notices, TimeProvider time)
    {
        _engine = engine;
        _call = new Call(new Caller(caller, AuditedAs, AuthenticationMethod.Process, NameSet.Empty), CallOrigin.Embedded("Scheduler"));
        _notices = notices;
        _time = time;
        _lease = new Lease(state, LeaseName, $"{server} {Guid.NewGuid():N}", Patience, time);
        _clock = new ClockGuard(time);
    }

    /// <summary>Begins to look for what is due: at once, and then at every interval.</summary>
    public void Start(TimeSpan interval) => _loop = RunAsync(interval);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>One turn.</summary>
    internal async ValueTask<SchedulerTurn> TurnAsync(CancellationToken cancellationToken)
    {
        if (_clock.Look() is { } jump)
        {
            _notices.Warn(string.Create(CultureInfo.InvariantCulture, $"The system's clock jumped by {jump:c}. Nothing is rolled or deleted by itself until it has stood still for {ClockGuard.Calm.TotalMinutes:0} minutes."));
        }

        if (!_clock.IsCalm || !await HasWorkAsync(cancellationToken).ConfigureAwait(false) || !await _lease.TryTakeAsync(cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        try
        {
            return await WorkAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also when the server stops: its successor need not wait.
            await _lease.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(TimeSpan interval)
    {
        // The start is not held up by what may be long.
        await Task.Yield();
        await WarnOfRefusalAsync().ConfigureAwait(false);
        using PeriodicTimer timer = new(interval, _time);
        do
        {
            try
            {
                SchedulerTurn turn = await TurnAsync(_stop.Token).ConfigureAwait(false);
                if (turn.Failed > 0)
                {
                    _notices.Warn(string.Create(CultureInfo.InvariantCulture, $"{turn.Failed} key(s) were due, or cannot be read, and could not be rolled or deleted, the first because: {turn.Why} The audit log has the others. They are tried again."));
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                _notices.Fail("Keys that are due could not be looked for; they are at the next turn", failure);
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
    }

    // Said when the server starts, not when the first key is due in ninety days.
    private async ValueTask WarnOfRefusalAsync()
    {
        if (_engine.Policy.Rollover.Rules.Count == 0)
        {
            return;
        }

        AccessReview review = await _engine.ReviewAccessAsync(_call.Caller, KmsOperation.RollNewVersion, null, looksUp: false, _stop.Token).ConfigureAwait(false);
        if (!review.IsAllowed)
        {
            _notices.Warn($"kmsps.rollover.rules is set, but the access lists do not let '{_call.Caller.ShortName}' roll keys. Add it to hadoop.kms.acl.ROLLOVER, or name another user in kmsps.scheduler.user.");
        }
    }

    // A server that has nothing to do by itself writes neither a lease nor an audit line.
    private async ValueTask<bool> HasWorkAsync(CancellationToken cancellationToken) =>
        _engine.Policy.Rollover.Rules.Count > 0 || await _engine.HasDueDeletionAsync(cancellationToken).ConfigureAwait(false);

    private async ValueTask<SchedulerTurn> WorkAsync(CancellationToken cancellationToken)
    {
        Count count = new(_time);
        if (await _engine.HasDueDeletionAsync(cancellationToken).ConfigureAwait(false))
        {
            await DoAllAsync(new PlanQuery(DueDeletionsOnly: true), PlannedAction.Delete, count, cancellationToken).ConfigureAwait(false);
        }

        if (_engine.Policy.Rollover.Rules.Count > 0)
        {
            await DoAllAsync(new PlanQuery(TimeSpan.Zero), PlannedAction.Roll, count, cancellationToken).ConfigureAwait(false);
        }

        return new SchedulerTurn(true, count.Rolled, count.Deleted, count.Failed, count.Why);
    }

    // A key that cannot be read keeps no other one from being rolled or deleted.
    private async ValueTask DoAllAsync(PlanQuery query, PlannedAction action, Count count, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(query, action, count, cancellationToken).ConfigureAwait(false);
        }
        catch (UnreadableKeysException unreadable)
        {
            count.Failed += unreadable.Failures.Count;
            count.Why ??= unreadable.Failures[0].Message;
        }
    }

    private async ValueTask DoAsync(PlanQuery query, PlannedAction action, Count count, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<PlannedChange> plan = await _engine.GetRolloverPlanAsync(_call, query, cancellationToken).ConfigureAwait(false);
        await foreach (PlannedChange change in plan.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (change.Action != action || change.Standing != PlanStanding.Due)
            {
                continue;
            }

            if (_time.GetElapsedTime(count.RenewedAt) >= RenewAfter)
            {
                if (!await _lease.RenewAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                count.RenewedAt = _time.GetTimestamp();
            }

            await DoAsync(change, count, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask DoAsync(PlannedChange change, Count count, CancellationToken cancellationToken)
    {
        try
        {
            if (change.Action == PlannedAction.Roll)
            {
                // INVARIANT: under the version that was found too old, so two who find it roll once.
                using KeyVersion fresh = await _engine.RollNewVersionAsync(_call, new RollRequest(change.Key.Name, null, change.Key.Current), cancellationToken).ConfigureAwait(false);
                count.Rolled++;
            }
            else if (await _engine.GetMetadataAsync(_call, change.Key.Name, cancellationToken).ConfigureAwait(false) is { Use.DeletionDue: { } due } && due <= _time.GetUtcNow())
            {
                // Asked once more, because a plan may have been taken back while the list was read. A deletion is soft in any case.
                await _engine.DeleteKeyAsync(_call, change.Key.Name, cancellationToken).ConfigureAwait(false);
                count.Deleted++;
            }
        }
        catch (KmsException done) when (done.Kind is ErrorKind.Conflict or ErrorKind.KeyNotFound or ErrorKind.KeyDisabled)
        {
            // Somebody else was first, or forbade it meanwhile.
        }
        catch (KmsException refused)
        {
            // One key must not keep the others waiting; the pipeline has written down why.
            count.Failed++;
            count.Why ??= refused.Message;
        }
    }

    /// <summary>What a turn has done so far.</summary>
    private sealed class Count(TimeProvider time)
    {
        internal int Rolled { get; set; }

        internal int Deleted { get; set; }

        internal int Failed { get; set; }

        /// <summary>Why the first of them could not be changed.</summary>
        internal string? Why { get; set; }

        internal long RenewedAt { get; set; } = time.GetTimestamp();
    }
}
