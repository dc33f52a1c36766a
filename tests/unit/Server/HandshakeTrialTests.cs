using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Server;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>A certificate that no client could connect with is found before the first client comes.</summary>
public sealed class HandshakeTrialTests : IDisposable
{
    // Too short for every level of OpenSSL but 0; from 1024 bits on it depends on the system.
    private const int TooShort = 512;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string KeyFile => _folder.File("server.pem");

    private string ConfigurationFile => _folder.File("ssl-server.xml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_does_not_start_with_a_key_that_is_too_short_and_says_which()
    {
        WriteRsa(TooShort);
        Configure("");
        ConfigurationException refused = await Assert.ThrowsAsync<ConfigurationException>(() => RunningServer.StartAsync(_folder.Path, "https", Stop));
        Assert.Equal(KeyFile, refused.File);
        Assert.Contains("No client could connect with the certificate (RSA, 512 bits): ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("2048", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_with_suites_that_only_another_kind_of_key_can_serve()
    {
        WriteRsa(2048);
        Configure("TLS_AES_.*,TLS_CHACHA20_.*,TLS_ECDHE_RSA_.*");
        await Assert.ThrowsAsync<ConfigurationException>(() => RunningServer.StartAsync(_folder.Path, "https", Stop));
        Configure("TLS_AES_.*,TLS_CHACHA20_.*,TLS_ECDHE_ECDSA_.*");
        await using RunningServer served = await RunningServer.StartAsync(_folder.Path, "https", Stop);
        Assert.Equal("https", served.Url.Scheme);
    }

    [Fact]
    public async Task One_that_comes_later_keeps_the_old_in_use()
    {
        WriteRsa(2048);
        ListLogger<CertificateReload> log = new();
        ExpiryNotice expiry = new(KeyFile, TimeProvider.System, new ListLogger<ExpiryNotice>());
        await using CertificateReload reload = await CertificateReload.OpenAsync(KeyFile, () => CertificateFile.Read(KeyFile, null, null), TlsOffer.Of(null), TimeSpan.FromMilliseconds(20), TimeProvider.System, expiry, log);
        string first = reload.Certificate.Thumbprint;
        WriteRsa(TooShort);
        await WaitAsync(() => log.Lines.Any(static line => line.Text.Contains("cannot be used; the old one stays in use", StringComparison.Ordinal)));
        Assert.Equal(first, reload.Certificate.Thumbprint);
        WriteRsa(2048);
        await WaitAsync(() => reload.Certificate.Thumbprint != first);
    }

    private static async Task WaitAsync(Func<bool> done)
    {
        while (!done())
        {
            await Task.Delay(20, Stop);
        }
    }

    private void Configure(string excluded) => File.WriteAllText(
        ConfigurationFile,
        $"<configuration>\n<property><name>ssl.server.keystore.location</name><value>{KeyFile}</value></property>\n<property><name>ssl.server.exclude.cipher.list</name><value>{excluded}</value></property>\n</configuration>");

    private void WriteRsa(int bits)
    {
        using RSA key = RSA.Create(bits);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));
        string next = KeyFile + ".next";
        File.WriteAllText(next, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        File.Move(next, KeyFile, overwrite: true);
    }
}
