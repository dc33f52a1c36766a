using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Keeping;
using KmsPS.Tests.Providers.Remote;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers;

/// <summary>Listings of a damaged embedded store.</summary>
public sealed class DamagedListingTests : DamagedListingContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Over_HTTP_a_list_of_descriptions_that_ends_with_damage_is_an_error_and_not_half_a_list()
    {
        await using IKeyProvider store = await OpenAsync();
        foreach (string name in (string[])["a", "b", "c"])
        {
            (await store.CreateAsync(NewKey.Default(KeyName.Parse(name)), Stop)).Dispose();
        }

        await RunSqlAsync("UPDATE key_incarnation SET sealed = ZEROS(64) WHERE name = 'b'");
        await using RestHost host = await RestHost.StartAsync(store, isTls: false);
        await using RemoteKms server = new(ProviderUri.Parse(host.Uri("http")), new RemoteOptions { Credential = new SimpleCredential("alice") });
        Assert.Equal(3, await (await server.GetKeyNamesAsync(Stop)).CountAsync(Stop));
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await (await server.GetRolloverPlanAsync(default, Stop)).CountAsync(Stop));
        Assert.Contains("key 'b' cannot be trusted", refused.Message, StringComparison.Ordinal);
    }

    private protected override ValueTask<IKeyProvider> OpenAsync() => KeptStore.OpenAsync(_directory.File("kms.db"));

    private protected override async Task RunSqlAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={_directory.File("kms.db")};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA foreign_keys = OFF; " + sql.Replace("ZEROS(", "zeroblob(", StringComparison.Ordinal);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
