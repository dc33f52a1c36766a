using KmsPS.Engine.Providers;
using KmsPS.Tests.Contracts;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

public class SqliteKeyProviderTests : KeyProviderContract
{
    private readonly TemporaryDirectory _directory = new();

    protected override async ValueTask<IKeyProvider> OpenAsync() =>
        await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System, Stop);

    protected override ValueTask CleanAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
