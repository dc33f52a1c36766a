using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Last uses are written once a minute, together; what could not be written is written later, and a use costs no allocation.</summary>
public sealed class UseLedgerTests
{
    private static readonly KeyVersionName First = KeyVersionName.Parse("k@0");

    private readonly ManualTime _time = new();
    private readonly List<VersionLastUse> _written = [];
    private int _writes;
    private bool _isAway;

    private UseLedger Ledger() => new(_time, (uses, _) =>
    {
        _writes++;
        if (_isAway)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, "The store is away.", null, isTransient: true);
        }

        _written.AddRange(uses);
        return ValueTask.CompletedTask;
    });

    [Fact]
    public async Task Uses_are_written_once_a_minute_and_only_the_last_of_each_version()
    {
        await using UseLedger ledger = Ledger();
        for (int i = 0; i < 50; i++)
        {
            ledger.Note(First);
            ledger.Note(KeyVersionName.Parse("k@1"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, _writes);
        long last = _time.GetUtcNow().ToUnixTimeMilliseconds() - 1000;
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal([new VersionLastUse("k@0", last), new VersionLastUse("k@1", last)], _written);
        Assert.Null(ledger.Noted("k@0"));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, _writes);
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_at_the_next_turn_or_at_the_end()
    {
        UseLedger ledger = Ledger();
        ledger.Note(First);
        _isAway = true;
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, _writes);
        Assert.Equal("The store is away.", ledger.LastFailure?.Message);
        Assert.NotNull(ledger.Noted("k@0"));
        _isAway = false;
        await ledger.DisposeAsync();
        Assert.Equal("k@0", Assert.Single(_written).Version);
    }

    [Fact]
    public async Task A_use_of_a_version_that_is_noted_already_allocates_nothing()
    {
        await using UseLedger ledger = new(TimeProvider.System, static (_, _) => ValueTask.CompletedTask);
        ledger.Note(First);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            ledger.Note(First);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
