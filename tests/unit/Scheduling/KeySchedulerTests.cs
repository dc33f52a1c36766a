using System.Collections.Concurrent;
using System.Collections.Frozen;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Scheduling;
using KmsPS.Engine.State;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Scheduling;

/// <summary>What is due is done once, by one server, whatever the clocks say and however often anybody looks.</summary>
public sealed class KeySchedulerTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly JumpyTime _time = new();
    private readonly RecordingAudit _audit = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly FixedAcl _acl = new(FixedAcl.Open.Current);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _open.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task What_is_too_old_is_rolled_once_and_written_down_under_the_schedulers_name()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("pay-* 30d\n* 90d");
        await CreateAsync(store, "pay-roll", "other");
        _time.Advance(TimeSpan.FromDays(31));
        await CreateAsync(store, "pay-young");
        Assert.Equal(new SchedulerTurn(true, 1, 0, 0, null), await scheduler.TurnAsync(Stop));
        Assert.Equal(["other@0", "pay-roll@1", "pay-young@0"], await CurrentAsync(store));
        Assert.Equal(new SchedulerTurn(true, 0, 0, 0, null), await scheduler.TurnAsync(Stop));
        AuditEvent written = Assert.Single(_audit.Events, static entry => entry.Operation == "ROLL_NEW_VERSION");
        Assert.Equal((KeyScheduler.AuditedAs, "pay-roll", AuditOutcome.Ok), (written.User, written.Key, written.Outcome));
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_is_told_and_keeps_no_other_from_being_rolled()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("* 30d");
        await CreateAsync(store, "a", "b", "c");
        _time.Advance(TimeSpan.FromDays(31));
        using (Microsoft.Data.Sqlite.SqliteConnection behind = new($"Data Source={store.Uri.LocalPath()};Pooling=False"))
        {
            await behind.OpenAsync(Stop);
            using Microsoft.Data.Sqlite.SqliteCommand damage = behind.CreateCommand();
            damage.CommandText = "UPDATE key_incarnation SET sealed = zeroblob(64) WHERE name = 'b'";
            await damage.ExecuteNonQueryAsync(Stop);
        }

        SchedulerTurn turn = await scheduler.TurnAsync(Stop);
        Assert.Equal((2, 1), (turn.Rolled, turn.Failed));
        Assert.Contains("key 'b' cannot be trusted", turn.Why, StringComparison.Ordinal);
        Assert.Equal("c@1", (await store.FindMetadataAsync(KeyName.Parse("c"), Stop))?.Current.Value);
    }

    [Fact]
    public async Task Turns_that_were_missed_are_made_up_for_by_one_roll()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("* 90d");
        await CreateAsync(store, "k");
        _time.Advance(TimeSpan.FromDays(365));
        Assert.Equal(1, (await scheduler.TurnAsync(Stop)).Rolled);
        Assert.Equal(0, (await scheduler.TurnAsync(Stop)).Rolled);
        Assert.Equal(["k@1"], await CurrentAsync(store));
    }

    [Fact]
    public async Task Of_two_servers_that_look_at_once_one_leads_and_each_key_is_rolled_once()
    {
        (KeyScheduler first, IKeyProvider store) = await ServerAsync("* 90d");
        (KeyScheduler second, _) = await ServerAsync("* 90d");
        string[] names = [.. Enumerable.Range(0, 20).Select(static i => $"k{i:d2}")];
        await CreateAsync(store, names);
        for (int round = 1; round <= 3; round++)
        {
            _time.Advance(TimeSpan.FromDays(91));
            SchedulerTurn[] turns = await Task.WhenAll(Task.Run(() => first.TurnAsync(Stop).AsTask(), Stop), Task.Run(() => second.TurnAsync(Stop).AsTask(), Stop));
            Assert.Contains(turns, static turn => turn.WasLeader);
            Assert.Equal(names.Length, turns.Sum(static turn => turn.Rolled));
            Assert.Equal(names.Select(name => $"{name}@{round}"), await CurrentAsync(store));
        }
    }

    [Fact]
    public async Task A_lease_goes_over_when_its_holder_has_gone_quiet_and_not_before()
    {
        (_, IKeyProvider store) = await ServerAsync("* 90d");
        IStateStore state = ((IStateHolder)store).State;
        TimeSpan patience = TimeSpan.FromMinutes(2);
        Lease dead = new(state, "test", "a", patience, _time);
        Lease heir = new(state, "test", "b", patience, _time);
        Assert.True(await dead.TryTakeAsync(Stop));
        Assert.False(await heir.TryTakeAsync(Stop));
        _time.Advance(TimeSpan.FromMinutes(1.5));
        Assert.True(await dead.RenewAsync(Stop));
        Assert.False(await heir.TryTakeAsync(Stop));
        _time.Advance(TimeSpan.FromMinutes(1.5));
        Assert.False(await heir.TryTakeAsync(Stop));

        // A wall clock that jumps a year ahead gives nothing away.
        _time.Jump(TimeSpan.FromDays(365));
        Assert.False(await heir.TryTakeAsync(Stop));
        _time.Advance(TimeSpan.FromMinutes(0.6));
        Assert.True(await heir.TryTakeAsync(Stop));
        Assert.False(await dead.RenewAsync(Stop));
        await dead.ReleaseAsync(Stop);
        Assert.True(await heir.RenewAsync(Stop));
        await heir.ReleaseAsync(Stop);
        Assert.True(await dead.TryTakeAsync(Stop));
    }

    [Fact]
    public async Task A_clock_that_jumps_rolls_nothing_and_a_date_from_the_future_waits()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("* 90d");
        await CreateAsync(store, "k");
        await ((IKeyLifecycle)store).ChangeAsync(new LifecycleChange(LifecycleAction.ScheduleDeletion, await CreateAsync(store, "doomed"), Due: _time.GetUtcNow() + TimeSpan.FromDays(7)), Stop);
        Assert.True((await scheduler.TurnAsync(Stop)).WasLeader);
        _time.Jump(TimeSpan.FromDays(365));
        Assert.Equal(default, await scheduler.TurnAsync(Stop));
        Assert.Contains("jumped by 365.00:00:00", Assert.Single(_warnings), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal(default, await scheduler.TurnAsync(Stop));

        // Back again: nothing has happened, and nothing is due after an hour of calm.
        _time.Jump(-TimeSpan.FromDays(365));
        Assert.Equal(default, await scheduler.TurnAsync(Stop));
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(new SchedulerTurn(true, 0, 0, 0, null), await scheduler.TurnAsync(Stop));
        Assert.Equal(["doomed@0", "k@0"], await CurrentAsync(store));

        // A version that was made while the clock was ahead is not rolled before its time, and not again and again.
        _time.Jump(TimeSpan.FromDays(30));
        (await store.RollAsync(KeyName.Parse("k"), null, null, Stop)).Dispose();
        _time.Jump(-TimeSpan.FromDays(30));
        Assert.Equal(new SchedulerTurn(true, 0, 0, 0, null), await scheduler.TurnAsync(Stop));
    }

    [Fact]
    public async Task A_deletion_that_is_due_is_done_softly_and_one_taken_back_is_not()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("");
        IKeyLifecycle lifecycle = (IKeyLifecycle)store;
        foreach ((string name, int days) in new[] { ("due", 7), ("later", 30), ("spared", 7) })
        {
            await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.ScheduleDeletion, await CreateAsync(store, name), Due: _time.GetUtcNow() + TimeSpan.FromDays(days)), Stop);
        }

        await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.CancelDeletion, KeyName.Parse("spared")), Stop);
        _time.Advance(TimeSpan.FromDays(8));
        Assert.Equal(new SchedulerTurn(true, 0, 1, 0, null), await scheduler.TurnAsync(Stop));
        Assert.Equal(["later@0", "spared@0"], await CurrentAsync(store));
        Assert.Equal(KeyUse.Plain, (await lifecycle.RestoreAsync(KeyName.Parse("due"), Stop)).Use);
        Assert.Equal(0, (await scheduler.TurnAsync(Stop)).Deleted);
        Assert.Single(_audit.Events, static entry => entry is { Operation: "DELETE_KEY", Key: "due", User: KeyScheduler.AuditedAs });
    }

    [Fact]
    public async Task What_the_access_lists_refuse_is_not_done_and_told()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("* 90d");
        await CreateAsync(store, "k");
        AclRule nobody = new("hadoop.kms.acl.ROLLOVER", "alice", AccessList.Parse("alice"), "test", 0);
        _acl.Current = new AclSnapshot
        {
            Operations = new Dictionary<AclOperation, AclRule> { [AclOperation.Rollover] = nobody }.ToFrozenDictionary(),
            Blacklists = _acl.Current.Blacklists,
            Keys = _acl.Current.Keys,
            Defaults = _acl.Current.Defaults,
            Whitelist = _acl.Current.Whitelist,
        };
        _time.Advance(TimeSpan.FromDays(91));
        SchedulerTurn turn = await scheduler.TurnAsync(Stop);
        Assert.Equal((true, 0, 1), (turn.WasLeader, turn.Rolled, turn.Failed));
        Assert.Contains("not allowed to do 'ROLL_NEW_VERSION' on 'k'", turn.Why, StringComparison.Ordinal);
        Assert.Equal(["k@0"], await CurrentAsync(store));
        scheduler.Start(TimeSpan.FromHours(1));
        await UntilAsync(() => _warnings.Any(static text => text.Contains("Add it to hadoop.kms.acl.ROLLOVER", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_looks_at_its_start_and_at_every_interval()
    {
        (KeyScheduler scheduler, IKeyProvider store) = await ServerAsync("* 90d");
        await CreateAsync(store, "k");
        _time.Advance(TimeSpan.FromDays(100));
        scheduler.Start(TimeSpan.FromHours(1));
        await UntilAsync(() => _audit.Events.Count(static entry => entry.Operation == "ROLL_NEW_VERSION") == 1);
        for (int i = 0; i < 91 && _audit.Events.Count(static entry => entry.Operation == "ROLL_NEW_VERSION") < 2; i++)
        {
            int seen = _audit.Events.Count;
            _time.Advance(TimeSpan.FromDays(1));
            await UntilAsync(() => _audit.Events.Count > seen);
        }

        await UntilAsync(() => _audit.Events.Count(static entry => entry.Operation == "ROLL_NEW_VERSION") == 2);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10, Stop);
        }

        Assert.True(condition());
    }

    private async Task<KeyName> CreateAsync(IKeyProvider store, params string[] names)
    {
        foreach (string name in names)
        {
            (await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), Stop)).Dispose();
        }

        return KeyName.Parse(names[^1]);
    }

    private static async Task<string[]> CurrentAsync(IKeyProvider store) =>
        await store.ListAsync(Stop).Select(static key => key.Current.Value).Order(StringComparer.Ordinal).ToArrayAsync(Stop);

    // Every call is a server of its own on the one store.
    private async Task<(KeyScheduler Scheduler, IKeyProvider Store)> ServerAsync(string rules)
    {
        IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System with { Time = _time }, Stop);
        _open.Add(store);
        (RolloverPolicy? policy, string? problem) = RolloverPolicy.Parse(rules);
        Assert.Null(problem);
        KmsEngine engine = new(CachingKeyProvider.Over(store, _time), _acl, _audit, _time, new AccessPolicy(KeyAuthorization: true) { Rollover = policy! });
        KeyScheduler scheduler = new(engine, ((IStateHolder)store).State, "kms", "test", new KmsNotices(_warnings.Enqueue, (what, failure) => _warnings.Enqueue($"{what}: {failure.Message}"), static _ => { }), _time);
        _open.Add(scheduler);
        return (scheduler, store);
    }

    /// <summary>A wall clock that jumps beside a processor that counts on.</summary>
    private sealed class JumpyTime : TimeProvider
    {
        private readonly ManualTime _processor = new();
        private long _ahead;

        public override long TimestampFrequency => _processor.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => _processor.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

        public override long GetTimestamp() => _processor.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _processor.CreateTimer(callback, state, dueTime, period);

        internal void Advance(TimeSpan by) => _processor.Advance(by);

        internal void Jump(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
    }
}
