using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Telemetry;
using KmsPS.Server;
using KmsPS.Tests.Certificates;
using KmsPS.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace KmsPS.Tests.Server;

/// <summary>Client certificates that a real issuer made, over real TLS, against a whole server.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private const string Names = "/kms/v1/keys/names";
    private const string Spiffe = "spiffe://example.org/ns/prod/sa/";

    private readonly TemporaryDirectory _folder = new();
    private readonly Authority _root = new("root");
    private readonly Authority _middle;

    public ClientCertificateTests()
    {
        _middle = new Authority("middle", _root);
        File.WriteAllText(Truststore, _root.Certificate.ExportCertificatePem());
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Truststore => _folder.File("issuers.pem");

    private string Lists => _folder.File("revoked.pem");

    public void Dispose()
    {
        _middle.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_certificate_is_a_user_and_whoever_shows_none_is_asked_as_ever()
    {
        await using RunningServer server = await StartAsync("optional");
        using X509Certificate2 etl = Issue("etl");
        using X509Certificate2 stranger = _root.Issue("CN=stranger");
        using HttpClient client = Client(server, etl);
        using HttpResponseMessage first = await client.GetAsync(Names, Stop);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        string cookie = Assert.Single(first.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Contains("u=etl&p=etl&t=certificate&e=", cookie, StringComparison.Ordinal);

        // The same connection needs no second sign-in, and a name that is merely claimed does not count.
        using HttpResponseMessage second = await client.GetAsync(Names + "?user.name=hdfs", Stop);
        Assert.Equal((HttpStatusCode.OK, false), (second.StatusCode, second.Headers.Contains("Set-Cookie")));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, null, Names));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, null, Names + "?user.name=bob"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, stranger, Names));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, stranger, Names + "?user.name=bob"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, null, Names, ("Cookie", cookie)));

        string metrics = await (await client.GetAsync("/metrics", Stop)).Content.ReadAsStringAsync(Stop);
        Assert.Contains("kms_tls_client_certificates_total{outcome=\"ok\"}", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_s_user_is_judged_by_lists_acts_for_others_and_gets_tokens()
    {
        await using RunningServer server = await StartAsync("optional", ("hadoop.kms.proxyuser.hive.users", "alice"), ("hadoop.kms.proxyuser.hive.hosts", "127.0.0.1"));
        using X509Certificate2 hive = Issue("hive");
        using X509Certificate2 etl = Issue("etl");
        using HttpClient client = Client(server, hive);

        // Without a kms-acls.xml material is for the server's own account.
        Assert.Contains("User:hive not allowed to do 'GET_CURRENT_KEY'", await TextAsync(client, "/kms/v1/key/k/_currentversion"), StringComparison.Ordinal);
        Assert.Contains("User:alice not allowed to do 'GET_CURRENT_KEY'", await TextAsync(client, "/kms/v1/key/k/_currentversion?doAs=alice"), StringComparison.Ordinal);
        Assert.Contains("User: hive is not allowed to impersonate bob", await TextAsync(client, Names + "?doAs=bob"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(server, etl, Names + "?doAs=alice"));

        using JsonDocument answer = JsonDocument.Parse(await TextAsync(client, "/kms/v1/?op=GETDELEGATIONTOKEN&renewer=hive"));
        string token = answer.RootElement.GetProperty("Token").GetProperty("urlString").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, null, Names, ("X-Hadoop-Delegation-Token", token)));
        using HttpResponseMessage renewed = await client.PutAsync($"/kms/v1/?op=RENEWDELEGATIONTOKEN&token={token}", null, Stop);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        using HttpClient other = Client(server, etl);
        using HttpResponseMessage refused = await other.PutAsync($"/kms/v1/?op=RENEWDELEGATIONTOKEN&token={token}", null, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        string[] audit = await File.ReadAllLinesAsync(Path.Combine(server.DataDirectory, "logs", "audit-test.jsonl"), Stop);
        Assert.Contains(audit, static line => line.Contains("\"user\":\"hive\"", StringComparison.Ordinal) && line.Contains("\"authentication\":\"Certificate\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_in_force_not_trusted_not_for_clients_or_revoked_ends_the_handshake()
    {
        using X509Certificate2 revoked = Issue("revoked");
        using X509Certificate2 good = Issue("good");
        await File.WriteAllTextAsync(Lists, _root.Revoke([revoked]), Stop);
        await using RunningServer server = await StartAsync("required", ("kmsps.tls.client.crl", Lists));
        using Authority foreign = new("root");
        using X509Certificate2 untrusted = foreign.Issue("CN=x");
        using X509Certificate2 ended = _root.Issue("CN=x", fromDays: -9, toDays: -1);
        using X509Certificate2 early = _root.Issue("CN=x", fromDays: 1, toDays: 9);
        using X509Certificate2 notForClients = _root.Issue("CN=x", usage: Authority.ForServers);
        using X509Certificate2 below = _middle.Issue("CN=x");
        foreach (X509Certificate2? bad in new[] { null, untrusted, ended, early, notForClients, revoked, below })
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, bad, Names));
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, good, Names));
        string log = await LogAsync(server);
        Assert.All(["it was revoked", "has expired", "not yet valid", "it is not made for clients", "its issuer is not in the truststore", "signature failure"], each => Assert.Contains(each, log, StringComparison.Ordinal));

        // What is revoked while the server runs is refused at the next handshake; a broken list changes nothing.
        await File.WriteAllTextAsync(Lists, _root.Revoke([revoked, good]), Stop);
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, good, Names));
        await File.WriteAllTextAsync(Lists, "nothing", Stop);
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, good, Names));
        Assert.Contains("the old ones stay in use", await LogAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_below_an_intermediate_issuer_is_believed_when_the_chain_is_sent()
    {
        await using RunningServer server = await StartAsync("required");
        using X509Certificate2 below = _middle.Issue("CN=x", static names => names.AddUri(new Uri(Spiffe + "deep")));
        using X509Certificate2 middle = X509CertificateLoader.LoadCertificate(_middle.Certificate.RawData);
        SslStreamCertificateContext whole = SslStreamCertificateContext.Create(below, [middle], offline: true);
        using HttpClient client = new(new SocketsHttpHandler { SslOptions = { ClientCertificateContext = whole, RemoteCertificateValidationCallback = LoopbackTrust.Accept } }) { BaseAddress = server.Url };
        using HttpResponseMessage answer = await client.GetAsync(Names, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Hadoop_s_own_setting_asks_for_a_certificate_and_makes_nobody_of_it()
    {
        DirectoryInfo conf = Directory.CreateDirectory(_folder.File("conf"));
        await File.WriteAllTextAsync(
            Path.Combine(conf.FullName, "ssl-server.xml"),
            $"<configuration><property><name>ssl.server.need.client.auth</name><value>true</value></property><property><name>ssl.server.truststore.location</name><value>{Truststore}</value></property></configuration>",
            Stop);
        await using RunningServer server = await RunningServer.StartAsync(conf.FullName, "https", Stop);
        using X509Certificate2 anybody = Issue("etl");

        // SOURCE: recorded/auth/tls-variants, need-client-auth-true.
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, anybody, Names));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, anybody, Names + "?user.name=alice"));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, null, Names + "?user.name=alice"));
    }

    [Fact]
    public void Each_listener_has_its_own_mode_and_settings_without_sense_stop_the_start()
    {
        ListenUrl[] urls = [ListenUrl.Parse("https://127.0.0.1:9600"), ListenUrl.Parse("https://127.0.0.1:9601"), ListenUrl.Parse("https://127.0.0.1:9602")];
        ClientCertificates clients = Of(urls, ("kmsps.tls.client.truststore", Truststore), ("kmsps.tls.client.auth", "optional"), ("kmsps.tls.client.auth.9601", "required"), ("kmsps.tls.client.auth.9602", "none"));
        Assert.Equal([ClientCertificateMode.Optional, ClientCertificateMode.Required, ClientCertificateMode.None], urls.Select(clients.ModeOf));
        Assert.Null(Of(urls).Trust);
        Assert.Contains("no truststore says whose", Refusal(urls, ("kmsps.tls.client.auth", "optional")), StringComparison.Ordinal);
        Assert.Contains("none of none, optional and required", Refusal(urls, ("kmsps.tls.client.auth", "yes")), StringComparison.Ordinal);
        Assert.Contains("no listener asks for client certificates", Refusal(urls, ("kmsps.tls.client.rules", "cn (.+) => $1")), StringComparison.Ordinal);
        Assert.Contains("no listener asks", Refusal([ListenUrl.Parse("http://127.0.0.1:9600")], ("kmsps.tls.client.rules", "cn (.+) => $1"), ("kmsps.tls.client.auth", "required")), StringComparison.Ordinal);
    }

    private static string Refusal(ListenUrl[] urls, params (string Name, string Value)[] site) => Failure.Sentence(Assert.Throws<ConfigurationException>(() => Of(urls, site)));

    private static ClientCertificates Of(ListenUrl[] urls, params (string Name, string Value)[] site)
    {
        HadoopConfiguration source = new([[.. site.Select(static each => new HadoopProperty(each.Name, each.Value, false, "kms-site.xml", 1, 1))]], VariableScope.None);
        using KmsMeter meter = new(TimeProvider.System);
        return new ClientCertificates(new KmsSettings { Source = source }, urls, meter, TimeProvider.System, NullLogger<ClientTrust>.Instance);
    }

    private static async Task<string> LogAsync(RunningServer server) => await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "logs", "kms-server-test.log"), Stop);

    private static async Task<string> TextAsync(HttpClient client, string target)
    {
        using HttpResponseMessage answer = await client.GetAsync(target, Stop);
        return await answer.Content.ReadAsStringAsync(Stop);
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningServer server, X509Certificate2? certificate, string target, params (string Name, string Value)[] headers)
    {
        using HttpClient client = Client(server, certificate);
        using HttpRequestMessage request = new(HttpMethod.Get, target);
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, Stop);
        return answer.StatusCode;
    }

    private static HttpClient Client(RunningServer server, X509Certificate2? certificate) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        SslOptions = { ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true), RemoteCertificateValidationCallback = LoopbackTrust.Accept },
    })
    {
        BaseAddress = server.Url,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    private X509Certificate2 Issue(string account) => _root.Issue("CN=workload", names => names.AddUri(new Uri(Spiffe + account)));

    private Task<RunningServer> StartAsync(string mode, params (string Name, string Value)[] more) => RunningServer.StartWithAsync(
        [
            ("kmsps.tls.client.auth", mode), ("kmsps.tls.client.truststore", Truststore),
            ("kmsps.tls.client.rules", @"spiffe spiffe://example\.org/ns/prod/sa/([a-z]+) => $1"), .. more,
        ],
        "https",
        Stop);
}
