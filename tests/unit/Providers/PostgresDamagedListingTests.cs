using System.Text.RegularExpressions;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>Listings of a damaged store in PostgreSQL.</summary>
public sealed partial class PostgresDamagedListingTests(PostgresServer server) : DamagedListingContract, IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _uri;

    public void Dispose() => _directory.Dispose();

    private protected override async ValueTask<IKeyProvider> OpenAsync() =>
        await PostgresStores.OpenAsync(_uri ??= await server.CreateDatabaseAsync(), _directory.File("store.key"), Stop);

    private protected override Task RunSqlAsync(string sql) =>
        server.SqlAsync(PostgresServer.DatabaseOf(_uri!), Zeros().Replace(sql, "decode(repeat('00', $1), 'hex')"));

    [GeneratedRegex(@"ZEROS\((\d+)\)")]
    private static partial Regex Zeros();
}
