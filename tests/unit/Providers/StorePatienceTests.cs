using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>A silent store is asked by one question at a time, however many were out when it fell silent.</summary>
public sealed class StorePatienceTests
{
    private readonly ManualTime _time = new();
    private readonly List<TaskCompletionSource<string?>> _out = [];
    private readonly StorePatience _patience;

    public StorePatienceTests() => _patience = new StorePatience(ProviderUri.Parse("sqlite://file@/kms.db"), TimeSpan.FromSeconds(1), _time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_questions_that_are_out_at_once_one_holds_the_turn_and_the_others_do_not_give_it_back()
    {
        Task<string?>[] first = [.. Enumerable.Range(0, 5).Select(_ => AskAsync())];
        _time.Advance(TimeSpan.FromSeconds(2));
        foreach (Task<string?> each in first)
        {
            await Assert.ThrowsAsync<KmsException>(() => each);
        }

        await AskInVainAsync();
        Assert.Equal(5, _out.Count);

        // They end one after another, as connections to a store do that is away; with the one whose turn it is a sixth may be asked.
        foreach (TaskCompletionSource<string?> question in _out.ToArray())
        {
            question.SetException(Away());
            await SettleAsync();
            await AskInVainAsync();
            if (_out.Count > 5)
            {
                break;
            }
        }

        Assert.Equal(6, _out.Count);

        // The others of the five end, and the sixth is out still.
        foreach (TaskCompletionSource<string?> question in _out.Take(5).Where(static question => !question.Task.IsCompleted))
        {
            question.SetException(Away());
        }

        await SettleAsync();
        await AskInVainAsync();
        Assert.Equal(6, _out.Count);

        _out[^1].SetResult("an answer");
        await SettleAsync();
        Task<string?> again = AskAsync();
        _out[^1].SetResult("heard");
        Assert.Equal(("heard", 7), (await again, _out.Count));
    }

    private static KmsException Away() => new(ErrorKind.StoreUnavailable, "The store is away", null, isTransient: true);

    private Task<string?> AskAsync() => _patience.AskAsync(() =>
    {
        _out.Add(new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));
        return _out[^1].Task;
    }).AsTask();

    private async Task AskInVainAsync() => await Assert.ThrowsAsync<KmsException>(AskAsync);

    // What the store's end sets off runs on the pool.
    private static Task SettleAsync() => Task.Delay(50, Stop);
}
