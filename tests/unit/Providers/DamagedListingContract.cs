using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;

namespace KmsPS.Tests.Providers;

/// <summary>A listing gives every key that can be read, and tells each other one by its name; no key is left out without a word.</summary>
public abstract class DamagedListingContract
{
    // More than two pages, with damage at the begin, at the end of a page, twice in a row and at the end.
    private const int Count = 600;
    private static readonly string[] Damaged = ["k000", "k255", "k256", "k400", "k599"];

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The store, made where it is not there; it outlives whoever opened it.</summary>
    private protected abstract ValueTask<IKeyProvider> OpenAsync();

    /// <summary>Runs SQL behind the store's back, in which <c>ZEROS(n)</c> stands for n bytes of zero.</summary>
    private protected abstract Task RunSqlAsync(string sql);

    [Fact]
    public async Task Keys_in_use_are_listed_and_the_damaged_ones_told_behind_them()
    {
        await using (IKeyProvider store = await OpenAsync())
        {
            await MakeAsync(store);
        }

        await RunSqlAsync($"UPDATE key_incarnation SET sealed = ZEROS(64) WHERE name IN ({Quoted})");
        await using IKeyProvider damaged = await OpenAsync();
        await AssertListedAsync(damaged.ListAsync(Stop), ErrorKind.StoreCorrupt);
        Assert.Equal(Names(), await damaged.ListNamesAsync(Stop).Select(static name => name.Value).ToListAsync(Stop));
    }

    [Fact]
    public async Task Deleted_keys_and_those_to_be_deleted_are_listed_so_too()
    {
        await using (IKeyProvider store = await OpenAsync())
        {
            await MakeAsync(store);
            IKeyLifecycle lifecycle = (IKeyLifecycle)store;
            foreach (string name in Names())
            {
                await lifecycle.ChangeAsync(new LifecycleChange(LifecycleAction.ScheduleDeletion, KeyName.Parse(name), Due: DateTimeOffset.UtcNow.AddDays(1)), Stop);
            }
        }

        await RunSqlAsync($"UPDATE key_incarnation SET sealed = ZEROS(64) WHERE name IN ({Quoted})");
        await using (IKeyProvider damaged = await OpenAsync())
        {
            await AssertListedAsync(((IKeyLifecycle)damaged).ListDueAsync(DateTimeOffset.UtcNow.AddDays(2), Stop), ErrorKind.StoreCorrupt);
            foreach (string name in Names().Except(Damaged))
            {
                await damaged.DeleteAsync(KeyName.Parse(name), Stop);
            }

            await AssertListedAsync(damaged.ListAsync(Stop), ErrorKind.StoreCorrupt, isOthersListed: false);
        }

        await RunSqlAsync($"UPDATE key_incarnation SET deleted_order = 1000 - (CASE name WHEN 'k000' THEN 1 WHEN 'k255' THEN 2 WHEN 'k256' THEN 300 WHEN 'k400' THEN 400 ELSE 999 END) WHERE name IN ({Quoted})");
        await using IKeyProvider deleted = await OpenAsync();
        await AssertListedAsync(((ISoftDelete)deleted).ListDeletedAsync(Stop), ErrorKind.StoreCorrupt);
    }

    [Fact]
    public async Task Rows_under_a_store_key_that_nobody_lists_are_told_and_no_other()
    {
        await using (IKeyProvider store = await OpenAsync())
        {
            await MakeAsync(store);
        }

        await RunSqlAsync($"UPDATE key_incarnation SET store_key_id = ZEROS(16) WHERE name IN ({Quoted})");
        await using IKeyProvider damaged = await OpenAsync();
        await AssertListedAsync(damaged.ListAsync(Stop), ErrorKind.StoreCorrupt);
    }

    [Fact]
    public async Task A_name_that_is_none_is_told_by_the_names_too()
    {
        await using (IKeyProvider store = await OpenAsync())
        {
            await MakeAsync(store);
        }

        await RunSqlAsync($"UPDATE key_incarnation SET name = '{new string('z', 300)}' WHERE name = 'k599'");
        await using IKeyProvider damaged = await OpenAsync();
        List<string> told = [];
        UnreadableKeysException behind = await Assert.ThrowsAsync<UnreadableKeysException>(async () =>
        {
            await foreach (KeyName name in damaged.ListNamesAsync(Stop))
            {
                told.Add(name.Value);
            }
        });
        Assert.Equal(Names().SkipLast(1), told);
        Assert.Equal(new string('z', 300), Assert.Single(behind.Failures).Subject);
    }

    private static async Task AssertListedAsync(IAsyncEnumerable<KeyMetadata> listing, ErrorKind kind, bool isOthersListed = true)
    {
        List<string> listed = [];
        UnreadableKeysException behind = await Assert.ThrowsAsync<UnreadableKeysException>(async () =>
        {
            await foreach (KeyMetadata key in listing)
            {
                listed.Add(key.Name.Value);
            }
        });
        Assert.Equal(isOthersListed ? Names().Except(Damaged) : [], listed.Order(StringComparer.Ordinal));
        Assert.Equal(Damaged, behind.Failures.Select(static failure => failure.Subject).Order(StringComparer.Ordinal));
        Assert.All(behind.Failures, failure =>
        {
            Assert.Equal(kind, failure.Kind);
            Assert.Contains($"'{failure.Subject}'", failure.Message, StringComparison.Ordinal);
            Assert.Contains(behind.Place, failure.Message, StringComparison.Ordinal);
            Assert.Contains("Test-KmsKeyStore -Deep", failure.Remedy, StringComparison.Ordinal);
            Assert.Contains("Repair-KmsKeyStore", failure.Remedy, StringComparison.Ordinal);
        });
    }

    private static string Quoted => string.Join(", ", Damaged.Select(static name => $"'{name}'"));

    private static IEnumerable<string> Names() => Enumerable.Range(0, Count).Select(static i => $"k{i:000}");

    private static Task MakeAsync(IKeyProvider store) =>
        Parallel.ForEachAsync(Names(), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Stop }, async (name, stop) => (await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), stop)).Dispose());
}
