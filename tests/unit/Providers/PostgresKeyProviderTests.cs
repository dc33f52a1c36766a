using KmsPS.Engine.Providers;
using KmsPS.Tests.Contracts;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>What every store promises, kept by a real PostgreSQL.</summary>
public class PostgresKeyProviderTests(PostgresServer server) : KeyProviderContract, IClassFixture<PostgresServer>
{
    private readonly TemporaryDirectory _directory = new();
    private string? _uri;

    protected override async ValueTask<IKeyProvider> OpenAsync()
    {
        _uri ??= await server.CreateDatabaseAsync();
        return await PostgresStores.OpenAsync(_uri, _directory.File("store.key"), Stop);
    }

    protected override ValueTask CleanAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
