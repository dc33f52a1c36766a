using System.Text.RegularExpressions;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Keeping;

/// <summary>A store in PostgreSQL keeps the promises of a repair. It makes no copy of the database: that is its administrator's.</summary>
public sealed partial class PostgresRepairTests(PostgresServer server) : StoreRepairContract, IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _uri;

    public void Dispose() => _directory.Dispose();

    private protected override async ValueTask<IKeyProvider> OpenAsync() =>
        await PostgresStores.OpenAsync(_uri ??= await server.CreateDatabaseAsync(), _directory.File("store.key"), Stop);

    private protected override void SeeCopy(string? copy) => Assert.Null(copy);

    private protected override Task<string> RunSqlAsync(string sql) =>
        server.SqlAsync(PostgresServer.DatabaseOf(_uri!), Zeros().Replace(sql, "decode(repeat('00', $1), 'hex')"));

    [GeneratedRegex(@"ZEROS\((\d+)\)")]
    private static partial Regex Zeros();
}
