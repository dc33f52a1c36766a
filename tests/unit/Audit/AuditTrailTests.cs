using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Audit;

public sealed class AuditTrailTests
{
    private readonly ManualTime _time = new();
    private readonly MemorySink _sink = new();
    private readonly List<string> _failures = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Call Alice { get; } = From("127.0.0.1");

    [Fact]
    public async Task The_first_access_is_written_at_once_and_the_summary_counts_it_again()
    {
        await using AuditTrail trail = Trail();
        for (int i = 0; i < 6; i++)
        {
            await trail.CountOkAsync(Alice, Decrypt(), Stop);
        }

        Assert.Equal(["OK[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM, accessCount=1, interval=0ms] "], _sink.Lines);
        await PassAsync(trail, 10_000);
        Assert.Equal("OK[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM, accessCount=6, interval=10000ms] ", _sink.Lines[^1]);
        Assert.Equal(2, _sink.Lines.Count);

        // Ours counts each access once: one in the first event, five in the second.
        Assert.Equal([1L, 5L], _sink.Events.Select(static entry => entry.Shares!.Sum(static share => share.Accesses)));
    }

    [Fact]
    public async Task A_busy_triple_is_armed_again_and_its_interval_goes_on_from_the_first_access()
    {
        await using AuditTrail trail = Trail();
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await PassAsync(trail, 10_000);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await PassAsync(trail, 10_000);
        Assert.Equal(["1 0", "1 10000", "2 20000"], Counts());
    }

    [Fact]
    public async Task A_quiet_window_ends_the_entry_and_the_next_access_is_a_first_one()
    {
        await using AuditTrail trail = Trail();
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await PassAsync(trail, 25_000);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        Assert.Equal(["1 0", "1 10000", "1 0"], Counts());
    }

    [Fact]
    public async Task A_refusal_writes_the_pending_summary_first_and_ends_the_entry()
    {
        await using AuditTrail trail = Trail();
        for (int i = 0; i < 4; i++)
        {
            await trail.CountOkAsync(Alice, Decrypt(), Stop);
        }

        _time.Advance(TimeSpan.FromMilliseconds(2528));
        await trail.FlushAsync(Alice.Caller, KmsOperation.DecryptEek, "k1", Stop);
        await trail.WriteAsync(Event(AuditOutcome.Unauthorized, "DECRYPT_EEK"), Stop);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        Assert.Equal(
            [
                "OK[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM, accessCount=1, interval=0ms] ",
                "OK[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM, accessCount=4, interval=2528ms] ",
                "UNAUTHORIZED[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM] ",
                "OK[op=DECRYPT_EEK, key=k1, user=alice@EXAMPLE.COM, accessCount=1, interval=0ms] ",
            ],
            _sink.Lines);
    }

    [Fact]
    public async Task A_summary_that_is_pending_at_a_stop_is_written()
    {
        AuditTrail trail = Trail();
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        await trail.DisposeAsync();
        Assert.Equal(["1 0", "2 0"], Counts());
        Assert.True(_sink.IsDisposed);
        KmsException closed = await Assert.ThrowsAsync<KmsException>(async () => await trail.WriteAsync(Event(AuditOutcome.Ok, "GET_KEYS"), Stop));
        Assert.Equal(ErrorKind.AuditUnavailable, closed.Kind);
    }

    [Fact]
    public async Task Accesses_from_several_addresses_and_versions_are_told_apart_and_none_is_lost()
    {
        await using AuditTrail trail = Trail();
        for (int i = 0; i < 100; i++)
        {
            await trail.CountOkAsync(From($"10.0.0.{i}"), Decrypt() with { Version = $"k1@{i % 3}", Count = 2 }, Stop);
        }

        await PassAsync(trail, 10_000);
        AccessShare[] shares = [.. _sink.Events.SelectMany(static entry => entry.Shares!)];
        Assert.Equal((100, 200), (shares.Sum(static share => share.Accesses), shares.Sum(static share => share.Keys)));
        Assert.Equal(100, shares.Select(static share => share.Address).Distinct().Count());
        Assert.Equal(["1 0", "100 10000"], Counts());
    }

    [Fact]
    public async Task When_every_sink_fails_the_asker_is_told_and_nothing_is_counted_or_begun_until_one_works()
    {
        MemorySink second = new("second");
        await using AuditTrail trail = Trail(_sink, second);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        _sink.Fails = second.Fails = true;
        await RefusedAsync(() => trail.WriteAsync(Event(AuditOutcome.Ok, "CREATE_KEY"), Stop));
        await RefusedAsync(() => trail.CountOkAsync(Alice, Decrypt(), Stop));
        await RefusedAsync(() => trail.RequireAsync(Stop));
        await PassAsync(trail, 10_000, settles: false);
        await RefusedAsync(() => trail.CountOkAsync(Alice, Decrypt() with { Key = "k2" }, Stop));

        second.Fails = false;
        await trail.RequireAsync(Stop);
        await trail.CountOkAsync(Alice, Decrypt(), Stop);
        Assert.Contains(second.Events, static entry => entry is { AccessCount: 1, IntervalMilliseconds: 10_000 });
        Assert.Contains(second.Events, static entry => entry.Operation == "AUDIT_GAP");
        Assert.DoesNotContain(second.Events, static entry => entry.Operation == "CREATE_KEY" || entry.Key == "k2");
        Assert.Equal(["memory", "second"], _failures);
    }

    [Fact]
    public async Task One_sink_is_enough_and_the_other_says_later_what_it_missed()
    {
        MemorySink second = new("second");
        await using AuditTrail trail = Trail(_sink, second);
        second.Fails = true;
        await trail.WriteAsync(Event(AuditOutcome.Ok, "CREATE_KEY"), Stop);
        await trail.WriteAsync(Event(AuditOutcome.Ok, "DELETE_KEY"), Stop);
        second.Fails = false;
        await trail.WriteAsync(Event(AuditOutcome.Ok, "GET_KEYS"), Stop);
        Assert.Equal(3, _sink.Events.Count);
        Assert.Equal(["AUDIT_GAP", "GET_KEYS"], second.Events.Select(static entry => entry.Operation));
        Assert.StartsWith("2 events since ", second.Events[0].Message);
        Assert.Empty(HadoopLinesOf(second.Events[0]));
        Assert.Equal(["second"], _failures);
    }

    [Fact]
    public async Task Beyond_the_capacity_each_access_is_a_line_of_its_own()
    {
        AuditAggregator few = new(TimeSpan.FromSeconds(10), _time, capacity: 2);
        await using AuditTrail trail = new([_sink], few, _time, static (_, _) => { });
        for (int i = 0; i < 12; i++)
        {
            await trail.CountOkAsync(Alice, Decrypt() with { Key = $"k{i % 4}" }, Stop);
        }

        await PassAsync(trail, 10_000);
        Assert.Equal(12, _sink.Events.Where(static entry => entry.InOwnLog).Sum(static entry => entry.Shares!.Sum(static share => share.Accesses)));
        Assert.Equal(2 + 6 + 2, _sink.Lines.Count);
    }

    [Fact]
    public async Task Under_load_every_access_is_in_exactly_one_event()
    {
        const int Callers = 8;
        const int Accesses = 20_000;
        await using (AuditTrail trail = Trail())
        {
            using CancellationTokenSource done = new();
            Task clock = Task.Run(() =>
            {
                while (!done.IsCancellationRequested)
                {
                    _time.Advance(TimeSpan.FromSeconds(3));
                }
            });
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
            {
                for (int i = 0; i < Accesses; i++)
                {
                    if (i % 1000 == 999)
                    {
                        await trail.FlushAsync(Alice.Caller, KmsOperation.DecryptEek, "k1", Stop);
                    }

                    await trail.CountOkAsync(From($"10.0.0.{caller}"), Decrypt(), Stop);
                }
            })));
            await done.CancelAsync();
            await clock;
        }

        Assert.Equal(Callers * Accesses, _sink.Events.Where(static entry => entry.InOwnLog).Sum(static entry => entry.Shares!.Sum(static share => share.Accesses)));
    }

    [Fact]
    public async Task A_full_queue_makes_askers_wait_and_loses_nothing()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _sink.Gate = gate.Task;
        await using AuditTrail trail = new([_sink], new AuditAggregator(TimeSpan.FromSeconds(10), _time), _time, static (_, _) => { }, queueLength: 4);
        Task[] writes = [.. Enumerable.Range(0, 100).Select(i => trail.WriteAsync(Event(AuditOutcome.Ok, $"OP_{i}"), Stop).AsTask())];
        Assert.All(writes, static write => Assert.False(write.IsCompleted));
        gate.SetResult();
        await Task.WhenAll(writes);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"OP_{i}"), _sink.Events.Select(static entry => entry.Operation));
    }

    [Fact]
    public async Task Counting_a_known_triple_allocates_nothing()
    {
        await using AuditTrail trail = Trail();
        AuditedAccess access = Decrypt();
        Call call = Alice;
        await trail.CountOkAsync(call, access, Stop);
        await trail.CountOkAsync(call, access, Stop);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            await trail.CountOkAsync(call, access, CancellationToken.None);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-1)]
    public void A_window_that_no_stock_server_starts_with_is_refused(int milliseconds)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => new AuditAggregator(TimeSpan.FromMilliseconds(milliseconds), _time));
        Assert.Contains($"hadoop.kms.audit.aggregation.window.ms is {milliseconds};", refused.Message);
    }

    private static Call From(string address) => new(
        new Caller("alice", "alice@EXAMPLE.COM", AuthenticationMethod.Kerberos, NameSet.Empty), new CallOrigin(address, "POST", "https"));

    private static AuditedAccess Decrypt() => new(KmsOperation.DecryptEek, "DECRYPT_EEK", "k1", "k1@0", 1);

    private static IEnumerable<int> HadoopLinesOf(AuditEvent entry) => Enumerable.Range(0, entry.HadoopLines);

    private static async Task RefusedAsync(Func<ValueTask> asked)
    {
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await asked());
        Assert.Equal(ErrorKind.AuditUnavailable, refused.Kind);
        Assert.Contains("No space left on device", refused.Message);
    }

    private AuditEvent Event(AuditOutcome outcome, string operation) => new() { At = _time.GetUtcNow(), Outcome = outcome, Operation = operation, Key = "k1", User = "alice@EXAMPLE.COM" };

    private AuditTrail Trail(params MemorySink[] sinks) =>
        new(sinks.Length == 0 ? [_sink] : sinks, new AuditAggregator(TimeSpan.FromSeconds(10), _time), _time, (sink, _) => _failures.Add(sink.Name));

    private async Task PassAsync(AuditTrail trail, int milliseconds, bool settles = true)
    {
        // Sweep by sweep, so that each sees the clock at its own instant.
        for (int passed = 0; passed < milliseconds; passed += 1000)
        {
            _time.Advance(TimeSpan.FromMilliseconds(Math.Min(1000, milliseconds - passed)));
            if (settles)
            {
                await trail.SettleAsync(Stop);
            }
        }

        if (!settles)
        {
            await Assert.ThrowsAsync<KmsException>(async () => await trail.SettleAsync(Stop));
        }
    }

    private IEnumerable<string> Counts() => _sink.Events.Where(static entry => entry.HadoopLines > 0).Select(static entry => $"{entry.AccessCount} {entry.IntervalMilliseconds}");
}
