using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Contracts;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>Another KMS keeps every promise of a store that the wire can carry; it is no <see cref="ISoftDelete"/>, so those tests are skipped.</summary>
public sealed class RemoteKeyProviderTests : KeyProviderContract
{
    private readonly TemporaryDirectory _directory = new();
    private IKeyProvider? _behind;
    private RestHost? _host;

    protected override bool TakesOver => false;

    protected override string Place => _behind?.Uri.Text ?? "";

    [Fact]
    public async Task Data_keys_are_wrapped_and_unwrapped_over_there()
    {
        IEekProvider eeks = (IEekProvider)Store;
        foreach (string name in new[] { "a", "b" })
        {
            (await Store.CreateAsync(NewKey.Default(Name(name)), Stop)).Dispose();
        }

        EekBatch a = await eeks.GenerateEeksAsync(Name("a"), 2, Stop);
        EekBatch b = await eeks.GenerateEeksAsync(Name("b"), 1, Stop);
        (await Store.RollAsync(Name("a"), null, null, Stop)).Dispose();
        IReadOnlyList<EncryptedKeyVersion> fresh = await eeks.ReencryptEeksAsync([a[0], b[0], a[1]], Stop);
        Assert.Equal(["a@1", "b@0", "a@1"], fresh.Select(static eek => eek.Version.Value));
        foreach ((EncryptedKeyVersion old, EncryptedKeyVersion now) in new[] { (a[0], fresh[0]), (b[0], fresh[1]), (a[1], fresh[2]) })
        {
            using SecretBytes before = await eeks.DecryptEekAsync(old, Stop);
            using SecretBytes after = await eeks.DecryptEekAsync(now, Stop);
            using SecretLease lease = after.Open();
            Assert.True(before.FixedTimeEquals(lease.Span));
        }

        Assert.Empty(await eeks.ReencryptEeksAsync([], Stop));
    }

    protected override async ValueTask<IKeyProvider> OpenAsync()
    {
        if (_host is null)
        {
            _behind = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System, Stop);
            _host = await RestHost.StartAsync(_behind, isTls: false);
        }

        return await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse(_host.Uri("http")), ProviderContext.System, Stop);
    }

    protected override async ValueTask CleanAsync()
    {
        if (_host is not null && _behind is not null)
        {
            await _host.DisposeAsync();
            await _behind.DisposeAsync();
        }

        _directory.Dispose();
    }
}
