using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>The embedded store keeps the promises of a repair.</summary>
public sealed class StoreRepairTests : StoreRepairContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    private protected override ValueTask<IKeyProvider> OpenAsync() => KeptStore.OpenAsync(Store);

    private protected override void SeeCopy(string? copy) => Assert.True(File.Exists(copy));

    private protected override async Task<string> RunSqlAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={Store};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql.Replace("ZEROS(", "zeroblob(", StringComparison.Ordinal);
        return $"{await command.ExecuteScalarAsync(Stop)}";
    }
}
