using KmsPS.Engine.Providers;
using KmsPS.Tests.Contracts;

namespace KmsPS.Tests.Providers.Jceks;

/// <summary>The keystore keeps the promises of every store, as far as its format has room for them.</summary>
public sealed class JceksContractTests : KeyProviderContract
{
    private readonly JceksRecordings _files = new();

    protected override bool NumbersGoOn => false;

    protected override bool KeepsCase => false;

    protected override bool KeepsVersionLikeNames => false;

    protected override bool KeepsVersionNames => false;

    protected override int Plenty => 20;

    protected override ValueTask<IKeyProvider> OpenAsync() => _files.OpenAsync(null);

    protected override ValueTask CleanAsync()
    {
        _files.Dispose();
        return ValueTask.CompletedTask;
    }
}
