using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;
using KmsPS.Tests.Certificates;
using KmsPS.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace KmsPS.Tests.Server;

/// <summary>When the server's certificate ends, and which suites are offered.</summary>
public sealed class ServedTlsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_log_is_told_once_at_30_days_7_days_a_day_and_the_end()
    {
        using Authority authority = new("issuer");
        ManualTime time = new(DateTimeOffset.UtcNow);
        ListLogger<ExpiryNotice> log = new();
        ExpiryNotice notice = new("server.pem", time, log);
        using ServerCertificate served = new(authority.Issue("CN=localhost", usage: Authority.ForServers, toDays: 40), []);
        List<int> told = [];
        for (int day = 0; day <= 41; day++)
        {
            notice.Look(served);
            notice.Look(served);
            told.Add(log.Lines.Count);
            time.Advance(TimeSpan.FromDays(1));
        }

        // The end lies a moment before the last day's look.
        Assert.Equal((0, 0, 1, 1, 2, 2, 3, 4), (told[0], told[9], told[10], told[32], told[33], told[38], told[39], told[40]));
        Assert.Equal([LogLevel.Warning, LogLevel.Warning, LogLevel.Warning, LogLevel.Error], log.Lines.Select(static line => line.Level));
        Assert.StartsWith("The certificate in server.pem ends in less than 30 day(s), at 20", log.Lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("ended at", log.Lines[3].Text, StringComparison.Ordinal);

        // A new one is told of anew.
        using ServerCertificate next = new(authority.Issue("CN=localhost", usage: Authority.ForServers, toDays: 2), []);
        notice.Look(next);
        Assert.Equal(5, log.Lines.Count);
    }

    [Fact]
    public async Task Health_and_metrics_say_when_the_certificate_ends()
    {
        await using RunningServer server = await RunningServer.StartWithAsync([("hadoop.kms.http.administrators", "root")], "https", Stop);
        using HttpClient client = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = LoopbackTrust.Accept } }) { BaseAddress = server.Url };
        using JsonDocument health = JsonDocument.Parse(await client.GetStringAsync("/kms/v1/admin/health?user.name=root", Stop));
        JsonElement certificate = health.RootElement.GetProperty("certificate");
        Assert.InRange(certificate.GetProperty("daysLeft").GetDouble(), 3649, 3653);
        using X509Certificate2 served = X509Certificate2.CreateFromPemFile(Path.Combine(server.DataDirectory, "tls", "server.pem"));
        Assert.Equal(served.NotAfter.ToUniversalTime(), certificate.GetProperty("notAfter").GetDateTime());
        Assert.Equal(served.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), certificate.GetProperty("thumbprint").GetString());
        string line = (await client.GetStringAsync("/metrics?user.name=root", Stop)).Split('\n').Single(static line => line.StartsWith("kms_tls_certificate_expiry_seconds ", StringComparison.Ordinal));
        Assert.InRange(double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) / 86400, 3649, 3653);
    }

    [Fact]
    public async Task Excluded_suites_are_not_offered_and_excluding_turns_none_on()
    {
        DirectoryInfo conf = Directory.CreateTempSubdirectory("kmsps-test-");
        await File.WriteAllTextAsync(Path.Combine(conf.FullName, "ssl-server.xml"), Excluding("TLS_AES_.*, TLS_CHACHA20_POLY1305_SHA256,TLS_ECDHE_.*_128_GCM_SHA256,SSL_RSA_WITH_RC4_128_MD5"), Stop);
        await using RunningServer server = await RunningServer.StartAsync(conf.FullName, "https", Stop);
        Assert.Equal((SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), await HandshakeAsync(server, null));
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, (await HandshakeAsync(server, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256)).Suite);
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(server, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256));
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(server, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA));
        conf.Delete(recursive: true);
    }

    [Theory]
    [InlineData(".*", "leaves no suite to offer")]
    [InlineData("TLS_(", "which cannot be used")]
    public void A_list_that_cannot_be_used_stops_the_start_with_its_line(string excluded, string problem)
    {
        using TemporaryDirectory folder = new();
        File.WriteAllText(folder.File("ssl-server.xml"), Excluding(excluded));
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => CipherSuites.For(KmsSettings.Load(folder.Path, VariableScope.None).Tls));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.Line);
    }

    private static string Excluding(string list) => $"<configuration>\n<property><name>ssl.server.exclude.cipher.list</name><value>{list}</value></property>\n</configuration>";

    private static async Task<(SslProtocols Protocol, TlsCipherSuite Suite)> HandshakeAsync(RunningServer server, TlsCipherSuite? only)
    {
        using TcpClient client = new();
        await client.ConnectAsync(server.Url.Host, server.Url.Port, Stop);
        await using SslStream tls = new(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = LoopbackTrust.Accept,
                CipherSuitesPolicy = only is { } suite && !OperatingSystem.IsWindows() ? new CipherSuitesPolicy([suite]) : null,
            },
            Stop);
        return (tls.SslProtocol, tls.NegotiatedCipherSuite);
    }
}
