using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A rotation in PostgreSQL whose process is killed, or whose connections are ended by the database, is gone on with.</summary>
public sealed class PostgresRotationTests(PostgresServer server) : KilledRotationContract, IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _uri;

    public void Dispose() => _directory.Dispose();

    private protected override string KeyFile => _directory.File("store.key");

    private protected override int Plenty => 30;

    private protected override async ValueTask<IKeyProvider> OpenAsync() => await PostgresStores.OpenAsync(_uri ??= await server.CreateDatabaseAsync(), KeyFile, Stop);

    private protected override string[] Rotate() => [_uri!, "rekey", KeyFile];

    [Fact]
    public async Task A_rotation_that_the_database_ends_in_the_middle_of_a_write_leaves_every_version_and_is_gone_on_with()
    {
        SortedDictionary<string, string> expected = await MakeAsync(Plenty);
        await using (IKeyProvider store = await OpenAsync())
        {
            foreach (string table in (string[])["key_name", "key_incarnation", "key_version", "state_record"])
            {
                Task end = await EndWhoeverWritesAsync(table);
                KmsException broken = await Assert.ThrowsAsync<KmsException>(async () => await store.Keeper!.RekeyAsync(new RekeyRequest(IsOnlyServer: true), null, Stop));
                await end;
                Assert.Equal((ErrorKind.StoreUnavailable, true), (broken.Kind, broken.IsTransient));
                Assert.Equal(expected, await KeptStore.ReadAsync(store));
            }
        }

        Assert.True(await VerifyAsync(expected));
        await FinishAsync(expected);
    }

    // Holds the table until somebody waits to write to it inside a transaction, and ends his connection. The table is held when this
    // returns; what it gives ends when that is done.
    private async Task<Task> EndWhoeverWritesAsync(string table)
    {
        string database = PostgresServer.DatabaseOf(_uri!);
        Task<string> end = server.SqlAsync(database, $"""
            DO $$
            DECLARE ended int := 0;
            BEGIN
                LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;
                WHILE ended = 0 LOOP
                    PERFORM pg_sleep(0.01);
                    PERFORM pg_stat_clear_snapshot();
                    SELECT COUNT(pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock';
                END LOOP;
            END $$
            """);
        while (await server.SqlAsync(database, $"SELECT COUNT(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'ShareRowExclusiveLock' AND granted") == "0")
        {
            await Task.Delay(10, Stop);
        }

        return end;
    }
}
