using System.Collections.Immutable;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Jceks;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Jceks;

/// <summary>Changes that share one new keystore file stay changes of their own.</summary>
public sealed class JceksWriteQueueTests : IDisposable
{
    private readonly List<int> _files = [];
    private readonly ManualTime _time = new();
    private readonly JceksWriteQueue _queue;
    private JceksStore _store = new(ImmutableSortedDictionary<string, JceksKey>.Empty, default);
    private Exception? _failure;

    public JceksWriteQueueTests() => _queue = new JceksWriteQueue(WriteAsync, _time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task What_is_prepared_together_is_one_file_and_a_refusal_is_its_owners()
    {
        using ManualResetEventSlim ready = new();
        Task<int>[] moves = [.. Enumerable.Range(0, 40).Select(number => _queue.RunAsync(
            () =>
            {
                ready.Wait(Stop);
                return Change(number % 10 == 3 ? throw new KmsException(ErrorKind.KeyAlreadyExists, $"{number}", "-") : number, number % 10 == 4);
            },
            Stop).AsTask())];
        ready.Set();
        string[] ends = await Task.WhenAll(moves.Select(static async move =>
        {
            try
            {
                return $"{await move}";
            }
            catch (KmsException refusal)
            {
                return $"{refusal.Kind} {refusal.Message}";
            }
        }));
        Assert.Equal(Enumerable.Range(0, 40).Select(static i => (i % 10) switch { 3 => $"KeyAlreadyExists {i}", 4 => $"Conflict {i}", _ => $"{i}" }), ends);
        Assert.Equal([32], _files);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_fails_all_that_were_to_be_in_it_and_the_next_goes_on()
    {
        _failure = new KmsException(ErrorKind.StoreUnavailable, "no room", "-");
        KmsException full = await Assert.ThrowsAsync<KmsException>(async () => await _queue.RunAsync(Change(1), Stop));
        Assert.Equal("no room", full.Message);
        _failure = null;
        Assert.Equal(2, await _queue.RunAsync(() => Change(2), Stop));
        Assert.Equal([1], _files);
    }

    [Fact]
    public async Task What_is_ready_waits_two_seconds_for_what_is_not_and_no_longer()
    {
        using ManualResetEventSlim ready = new();
        Task<int> slow = _queue.RunAsync(
            () =>
            {
                ready.Wait(Stop);
                return Change(1);
            },
            Stop).AsTask();
        Task<int> quick = _queue.RunAsync(Change(2), Stop).AsTask();
        await Task.Delay(50, Stop);
        Assert.False(quick.IsCompleted);
        while (!quick.IsCompleted)
        {
            // The queue may not have begun to wait when the clock is first put forward.
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(5, Stop);
        }

        Assert.False(slow.IsCompleted);
        ready.Set();
        Assert.Equal((1, 2), (await slow, await quick));
        Assert.Equal([1, 1], _files);
    }

    [Fact]
    public async Task Whoever_gives_up_before_his_turn_is_in_no_file_and_holds_nobody_up()
    {
        using ManualResetEventSlim ready = new();
        using CancellationTokenSource impatient = new();
        Task<int> slow = _queue.RunAsync(
            () =>
            {
                ready.Wait(Stop);
                return Change(1);
            },
            Stop).AsTask();
        Task<int> waiting = _queue.RunAsync(Change(2), impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        ready.Set();
        Assert.Equal(1, await slow);
        Assert.Equal([1], _files);
    }

    private static AnsweredChange<int> Change(int number, bool isRefused = false) =>
        new(store => isRefused ? throw new KmsException(ErrorKind.Conflict, $"{number}", "-") : (store with { Stamp = new FileStamp(true, store.Stamp.Length + 1, default, 0) }, number));

    // A file's number of changes stands for the file.
    private Task WriteAsync(IReadOnlyList<JceksChange> changes)
    {
        JceksStore before = _store;
        JceksStore after = changes.Aggregate(before, static (store, change) => change.ApplyTo(store));
        if (_failure is not null)
        {
            throw _failure;
        }

        _store = after;
        _files.Add((int)(after.Stamp.Length - before.Stamp.Length));
        return Task.CompletedTask;
    }
}
