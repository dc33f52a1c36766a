using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Remote;

namespace KmsPS.Tests.Sessions;

/// <summary>A session against the server's own REST interface: over TLS, over HTTP/2, and with one of two servers dying under load.</summary>
public sealed class RemoteKmsTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _open.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Every_operation_goes_there_and_back_over_TLS_and_HTTP_2()
    {
        RestHost host = await HostAsync(isTls: true);
        RemoteKms kms = Connect(host.Uri("https"), new RemoteOptions { Trust = ServerTrust.Thumbprint(RestHost.Thumbprint) });
        KeyName key = KeyName.Parse("k ä/1");
        await kms.ProbeAsync(Stop);
        using KeyVersion made = await kms.CreateKeyAsync(NewKey.Default(key) with { Description = "d" }, Stop);
        EekBatch? eeks = await kms.GenerateEekAsync(new GenerateRequest(key, 3), Stop);
        Assert.Equal(3, eeks?.Count);
        Assert.Null(await kms.GenerateEekAsync(new GenerateRequest(key, 0), Stop));
        using SecretBytes dek = await kms.DecryptEekAsync(eeks![0], Stop);
        using KeyVersion rolled = await kms.RollNewVersionAsync(new RollRequest(key, ExpectedCurrent: made.Name), Stop);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<KmsException>(async () => await kms.RollNewVersionAsync(new RollRequest(key, ExpectedCurrent: made.Name), Stop))).Kind);
        EncryptedKeyVersion fresh = await kms.ReencryptEekAsync(eeks[0], Stop);
        IReadOnlyList<EncryptedKeyVersion> batch = await kms.ReencryptEekBatchAsync(new ReencryptBatchRequest(key, [eeks[0], fresh]), Stop);
        Assert.Equal([rolled.Name, rolled.Name], batch.Select(static eek => eek.Version));
        using SecretBytes again = await kms.DecryptEekAsync(batch[0], Stop);
        using (SecretLease lease = again.Open())
        {
            Assert.True(dek.FixedTimeEquals(lease.Span));
        }

        using KeyVersion? current = await kms.GetCurrentKeyAsync(key, Stop);
        using KeyVersion? first = await kms.GetKeyVersionAsync(made.Name, Stop);
        using KeyVersionList versions = await kms.GetKeyVersionsAsync(key, Stop);
        Assert.Equal(("k ä/1@1", "k ä/1@0", 2), (current?.Name.Value, first?.Name.Value, versions.Versions.Count));
        Assert.Equal(("d", 2), ((await kms.GetMetadataAsync(key, Stop))?.Description, (await kms.GetMetadataAsync(key, Stop))?.Versions));
        Assert.Equal([true, false], (await kms.GetKeysMetadataAsync([key, KeyName.Parse("other")], Stop)).Select(static found => found is not null));
        await kms.InvalidateCacheAsync(key, Stop);
        Assert.Equal([key], await (await kms.GetKeysAsync(KeyListing.InUse, Stop)).Select(static found => found.Name).ToListAsync(Stop));
        await kms.DeleteKeyAsync(key, Stop);
        Assert.Null(await kms.GetMetadataAsync(key, Stop));
        Assert.Equal(2, (await kms.RestoreKeyAsync(key, Stop)).Versions);
        await kms.DeleteKeyAsync(key, Stop);
        await kms.PurgeKeyAsync(key, Stop);
        await Assert.ThrowsAsync<KmsException>(async () => await kms.RestoreKeyAsync(key, Stop));
        Assert.Equal(ErrorKind.Unsupported, (await Assert.ThrowsAsync<KmsException>(async () => await kms.GetKeysAsync(KeyListing.Deleted, Stop))).Kind);
        Assert.All(host.Seen, static seen => Assert.StartsWith("HTTP/2 ", seen, StringComparison.Ordinal));
        Assert.Single(host.Seen, static seen => seen.EndsWith("name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_is_believed_by_pin_or_by_root_and_else_the_error_shows_its_thumbprint()
    {
        RestHost host = await HostAsync(isTls: true);
        string pem = _directory.File("ca.pem");
        await File.WriteAllTextAsync(pem, RestHost.Certificate.ExportCertificatePem(), Stop);
        string p12 = _directory.File("ca.p12");
        await File.WriteAllBytesAsync(p12, new X509Certificate2Collection(X509CertificateLoader.LoadCertificate(RestHost.Certificate.RawData)).Export(X509ContentType.Pkcs12, "pw")!, Stop);
        foreach (ServerTrust trust in new[] { ServerTrust.Thumbprint(RestHost.Thumbprint), ServerTrust.File(pem, null), ServerTrust.File(p12, "pw") })
        {
            await Connect(host.Uri("https"), new RemoteOptions { Trust = trust }).ProbeAsync(Stop);
        }

        foreach (ServerTrust trust in new[] { ServerTrust.System, ServerTrust.Thumbprint(new string('0', 64)) })
        {
            KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await Connect(host.Uri("https"), new RemoteOptions { Trust = trust, SleepBase = TimeSpan.Zero }).ProbeAsync(Stop));
            Assert.Contains(RestHost.Thumbprint, refused.Message, StringComparison.Ordinal);
            Assert.Contains("kmsps.client.trust", refused.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_dies_under_load_is_noticed_by_nobody()
    {
        RestHost one = await HostAsync(isTls: false);
        RestHost two = await HostAsync(isTls: false);
        RemoteKms kms = Connect($"kms://http@localhost:{one.Port};localhost:{two.Port}/kms", new RemoteOptions());
        KeyName key = KeyName.Parse("zone");
        (await kms.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
        const int Rounds = 2000;
        int done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, Rounds), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Stop }, async (_, stop) =>
        {
            if (Interlocked.Increment(ref done) == Rounds / 3)
            {
                await one.KillAsync();
            }

            EekBatch? eek = await kms.GenerateEekAsync(new GenerateRequest(key), stop);
            (await kms.DecryptEekAsync(eek![0], stop)).Dispose();
        });
        Assert.Equal(Rounds, done);
        Assert.InRange(one.Seen.Count, 100, 2 * Rounds);
        Assert.InRange(two.Seen.Count, Rounds, 4 * Rounds);
    }

    private async Task<RestHost> HostAsync(bool isTls)
    {
        IKeyProvider store = await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse($"sqlite://file@{_directory.File("kms.db")}"), ProviderContext.System, Stop);
        _open.Add(store);
        RestHost host = await RestHost.StartAsync(store, isTls);
        _open.Add(host);
        return host;
    }

    private RemoteKms Connect(string uri, RemoteOptions options)
    {
        RemoteKms kms = new(ProviderUri.Parse(uri), options with { Credential = new SimpleCredential("alice") });
        _open.Add(kms);
        return kms;
    }
}
