using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A damaged store is put right as far as that needs no guess, in every database; what does not open is kept apart, and told.</summary>
public abstract class StoreRepairContract
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The store, made where it is not there; it outlives whoever opened it.</summary>
    private protected abstract ValueTask<IKeyProvider> OpenAsync();

    /// <summary>Runs SQL behind the store's back, in which <c>ZEROS(n)</c> stands for n bytes of zero; gives the first column of the first row.</summary>
    private protected abstract Task<string> RunSqlAsync(string sql);

    /// <summary>Whether what a repair says of its copy of the database is as it must be.</summary>
    private protected abstract void SeeCopy(string? copy);

    [Fact]
    public async Task A_sound_store_is_left_alone()
    {
        await using IKeyProvider store = await OpenAsync();
        await KeptStore.FillAsync(store);
        RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
        Assert.Empty(report.Repairs);
        Assert.Empty(report.Failures);
        Assert.Null(report.Copy);
        Assert.Equal(1, (await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Epoch);
    }

    [Theory]
    [InlineData("UPDATE key_version SET sealed = ZEROS(44) WHERE name = 'key3@3'", "Key key3|Name key3|Version key3@3", "key3@2")]
    [InlineData("UPDATE key_version SET number = 2147483647 WHERE name = 'key3@3'", "Key key3|Name key3|Version key3@3", "key3@2")]
    [InlineData("DELETE FROM key_version WHERE name = 'key3@3'", "Key key3|Name key3", "key3@2")]
    [InlineData("UPDATE key_name SET next_number = 0 WHERE name = 'gone'", "Name gone", "key3@3")]
    [InlineData("DELETE FROM key_name WHERE name = 'gone'", "Name gone", "key3@3")]
    [InlineData("UPDATE key_incarnation SET deleted_order = 77 WHERE name = 'key3'", "Key key3", "key3@3")]
    [InlineData("UPDATE key_version SET sealed = ZEROS(44) WHERE name = 'key3@1'", "Version key3@1", "key3@3")]
    [InlineData("UPDATE state_record SET sealed = ZEROS(44) WHERE kind = 'cookie'", "State one", "key3@3")]
    public async Task What_can_be_put_right_is(string damage, string repaired, string current)
    {
        SortedDictionary<string, string> expected = await MakeAsync(damage);
        await using IKeyProvider store = await OpenAsync();
        Assert.NotEmpty((await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
        RepairReport trial = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: true), null, Stop);
        Assert.NotEmpty(trial.Failures);
        Assert.Null(trial.Copy);
        RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
        Assert.Equal(trial.Repairs, report.Repairs);
        Assert.Empty(report.Failures);
        Assert.All(repaired.Split('|'), wanted => Assert.Contains(report.Repairs, each => $"{each.Kind} {each.Subject}".StartsWith(wanted, StringComparison.Ordinal)));
        SeeCopy(report.Copy);
        SortedDictionary<string, string> found = await KeptStore.ReadAsync(store);
        Assert.All(found.Where(static pair => pair.Key.Contains('@', StringComparison.Ordinal)), pair => Assert.Equal(expected[pair.Key], pair.Value));
        Assert.Equal(current, (await store.FindMetadataAsync(KeyName.Parse("key3"), Stop))!.Current.Value);
        using KeyVersion next = await store.RollAsync(KeyName.Parse("key3"), null, null, Stop);
        Assert.DoesNotContain(next.Name.Value, expected.Keys);
        Assert.Equal(2, (await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Epoch);
    }

    [Theory]
    [InlineData("", "Name gone|Version gone@1")]
    [InlineData("UPDATE key_incarnation SET sealed = ZEROS(90) WHERE name = 'gone'", "Key gone|Name gone|Version gone@1")]
    public async Task A_damaged_name_is_told_once_whatever_reads_it(string more, string told)
    {
        await MakeAsync("UPDATE key_name SET next_number = 0 WHERE name = 'gone'; " + more);
        await using IKeyProvider store = await OpenAsync();
        CheckReport check = await store.Keeper!.CheckAsync(isDeep: true, null, Stop);
        Assert.Equal(told.Split('|'), check.Failures.Select(static failure => $"{failure.Kind} {failure.Subject}").Order(StringComparer.Ordinal));
        using TemporaryDirectory folder = new();
        using BackupKeys keys = BackupLocks.Words("correct horse");
        BackupReport backup = await store.Keeper!.BackupAsync(new BackupRequest(folder.File("b"), keys), null, Stop);
        Assert.Equal(check.Failures, backup.Failures);
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_kept_apart_with_its_versions_byte_for_byte()
    {
        SortedDictionary<string, string> expected = await MakeAsync("UPDATE key_incarnation SET sealed = ZEROS(90) WHERE name = 'key2'");
        await using (IKeyProvider store = await OpenAsync())
        {
            RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
            Assert.Empty(report.Failures);
            Assert.Equal(["Key", "Name", "Version", "Version", "Version"], report.Repairs.Select(static repair => repair.Kind).Order(StringComparer.Ordinal));
            Assert.Null(await store.FindMetadataAsync(KeyName.Parse("key2"), Stop));

            // Its versions may have been used: none of their names may come to mean other material.
            using KeyVersion made = await store.CreateAsync(NewKey.Default(KeyName.Parse("key2")), Stop);
            Assert.DoesNotContain(made.Name.Value, expected.Keys);
        }

        string kept = await RunSqlAsync($"SELECT COUNT(*) || ' ' || COUNT(CASE WHEN content LIKE '%key2@%' THEN 1 END) || ' ' || COUNT(CASE WHEN content LIKE '%\"4 sealed\":\"{new string('0', 180)}\"%' THEN 1 END) FROM quarantine");
        Assert.Equal("4 3 1", kept);
    }

    private async Task<SortedDictionary<string, string>> MakeAsync(string damage)
    {
        SortedDictionary<string, string> expected;
        await using (IKeyProvider store = await OpenAsync())
        {
            expected = await KeptStore.FillAsync(store);
        }

        await RunSqlAsync(damage);
        return expected;
    }
}
