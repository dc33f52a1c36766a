using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A damaged store is put right as far as that needs no guess; what does not open is kept apart, and told.</summary>
public sealed class StoreRepairTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_sound_store_is_left_alone()
    {
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        await KeptStore.FillAsync(store);
        RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
        Assert.Empty(report.Repairs);
        Assert.Empty(report.Failures);
        Assert.Null(report.Copy);
        Assert.Equal(1, (await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Epoch);
    }

    [Theory]
    [InlineData("UPDATE key_version SET sealed = zeroblob(44) WHERE name = 'key3@3'", "Key key3|Name|Version key3@3", "key3@2")]
    [InlineData("DELETE FROM key_version WHERE name = 'key3@3'", "Key key3", "key3@2")]
    [InlineData("UPDATE key_name SET next_number = 0 WHERE name = 'key3'", "Name key3", "key3@3")]
    [InlineData("UPDATE key_incarnation SET deleted_order = 77 WHERE name = 'key3'", "Key key3", "key3@3")]
    [InlineData("UPDATE key_version SET sealed = zeroblob(44) WHERE name = 'key3@1'", "Version key3@1", "key3@3")]
    [InlineData("UPDATE state_record SET sealed = zeroblob(44) WHERE kind = 'cookie'", "State one", "key3@3")]
    public async Task What_can_be_put_right_is(string damage, string repaired, string current)
    {
        SortedDictionary<string, string> expected = await MakeAsync(damage);
        await using IKeyProvider store = await KeptStore.OpenAsync(Store);
        Assert.NotEmpty((await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Failures);
        RepairReport trial = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: true), null, Stop);
        Assert.NotEmpty(trial.Failures);
        Assert.Null(trial.Copy);
        RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
        Assert.Equal(trial.Repairs, report.Repairs);
        Assert.Empty(report.Failures);
        Assert.All(repaired.Split('|'), wanted => Assert.Contains(report.Repairs, each => $"{each.Kind} {each.Subject}".StartsWith(wanted, StringComparison.Ordinal) || wanted == "Name"));
        Assert.True(File.Exists(report.Copy));
        SortedDictionary<string, string> found = await KeptStore.ReadAsync(store);
        Assert.All(found.Where(static pair => pair.Key.Contains('@', StringComparison.Ordinal)), pair => Assert.Equal(expected[pair.Key], pair.Value));
        Assert.Equal(current, (await store.FindMetadataAsync(KeyName.Parse("key3"), Stop))!.Current.Value);
        using KeyVersion next = await store.RollAsync(KeyName.Parse("key3"), null, null, Stop);
        Assert.DoesNotContain(next.Name.Value, expected.Keys);
        Assert.Equal(2, (await store.Keeper!.CheckAsync(isDeep: true, null, Stop)).Epoch);
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_kept_apart_with_its_versions_byte_for_byte()
    {
        await MakeAsync("UPDATE key_incarnation SET sealed = zeroblob(90) WHERE name = 'key2'");
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            RepairReport report = await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop);
            Assert.Empty(report.Failures);
            Assert.Equal(4, report.Repairs.Count);
            Assert.Null(await store.FindMetadataAsync(KeyName.Parse("key2"), Stop));
        }

        await using SqliteConnection connection = new($"Data Source={Store};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*), SUM(content LIKE '%key2@%'), SUM(content LIKE '%\"4 sealed\":\"" + new string('0', 180) + "\"%') FROM quarantine";
        await using SqliteDataReader row = await command.ExecuteReaderAsync(Stop);
        Assert.True(await row.ReadAsync(Stop));
        Assert.Equal((4L, 3L, 1L), (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)));
    }

    private async Task<SortedDictionary<string, string>> MakeAsync(string damage)
    {
        SortedDictionary<string, string> expected;
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            expected = await KeptStore.FillAsync(store);
        }

        await StoreBackupTests.RunSqlAsync(Store, damage);
        return expected;
    }
}
