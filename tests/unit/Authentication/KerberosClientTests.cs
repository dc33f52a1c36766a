using System.Net;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;

namespace KmsPS.Tests.Authentication;

/// <summary>Our client with a ticket, against our server over TLS: the handshake on HTTP/1.1, everything after it by cookie.</summary>
[Collection("Kerberos")]
public sealed class KerberosClientTests(KerberosFixture realm)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_signs_in_once_and_goes_on_when_the_tickets_are_gone()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        await using KerberosServer server = await ServerAsync();
        realm.Tickets.Use(await realm.SignInAsync("alice"));
        ProviderContext context = new(TimeProvider.System, static name => name == "kmsps.client.authentication" ? "kerberos" : null, static _ => null, null);
        RemoteOptions options = RemoteOptions.From(context) with { Trust = ServerTrust.Thumbprint(server.Thumbprint), SleepBase = TimeSpan.Zero };
        Assert.IsType<NegotiateCredential>(options.Credential);
        await using RemoteKms kms = new(Provider(server), options);
        KeyName key = KeyName.Parse("zone");
        (await kms.CreateKeyAsync(NewKey.Default(key), Stop)).Dispose();
        realm.Tickets.Forget();
        EekBatch? eeks = await kms.GenerateEekAsync(new GenerateRequest(key, 2), Stop);
        (await kms.DecryptEekAsync(eeks![0], Stop)).Dispose();
        Assert.Contains("user=alice@EXAMPLE.COM", server.Audit, StringComparison.Ordinal);
        await using RemoteKms another = new(Provider(server), options);
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await another.ProbeAsync(Stop));
        Assert.Equal(ErrorKind.AuthenticationFailed, refused.Kind);
        Assert.Contains("kinit", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegation_token_got_with_a_ticket_serves_a_session_without_one()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        await using KerberosServer server = await ServerAsync();
        realm.Tickets.Use(await realm.SignInAsync("alice"));
        RemoteOptions options = new() { Trust = ServerTrust.Thumbprint(server.Thumbprint), Credential = new NegotiateCredential() };
        await using RemoteKms kms = new(Provider(server), options);
        string token = await kms.Tokens.GetAsync("alice", Stop);
        realm.Tickets.Forget();
        await using RemoteKms job = new(Provider(server), options with { Credential = new TokenCredential(token) });
        await job.ProbeAsync(Stop);
    }

    [Fact]
    public async Task A_server_that_does_not_prove_who_it_is_is_not_believed()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        realm.Tickets.Use(await realm.SignInAsync("alice"));
        using ISignIn signIn = new NegotiateCredential().Begin(realm.Server.Url);
        Assert.StartsWith("Negotiate YI", signIn.Value, StringComparison.Ordinal);
        foreach (string? proof in new[] { null, "", "AAAA", "oRQwEqADCgEAoQsGCSqGSIb3EgECAg==" })
        {
            using ISignIn each = new NegotiateCredential().Begin(realm.Server.Url);
            Assert.Equal(ErrorKind.AuthenticationFailed, Assert.Throws<KmsException>(() => each.Finish(proof)).Kind);
        }
    }

    [Fact]
    public async Task On_HTTP_2_a_handshake_is_sent_back_to_HTTP_1()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        await using KerberosServer server = await ServerAsync();
        using SocketsHttpHandler handler = new();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256) == server.Thumbprint;
        using HttpMessageInvoker http = new(handler);
        using HttpResponseMessage challenged = await SendAsync(http, server, null);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpVersion.Version20), (challenged.StatusCode, challenged.Version));
        HttpRequestException reset = await Assert.ThrowsAsync<HttpRequestException>(async () => (await SendAsync(http, server, await realm.TokenAsync("alice"))).Dispose());
        Assert.Equal(0xd, Assert.IsType<HttpProtocolException>(reset.InnerException).ErrorCode);

        // curl knows what to do, and so does our own client.
        (string, string)[] environment = [.. realm.Kdc.Environment, ("KRB5CCNAME", "FILE:" + await realm.SignInAsync("alice"))];
        string answer = await Peers.RunAsync("curl", ["-s", "-k", "--http2", "--negotiate", "-u", ":", "-o", realm.Kdc.File("body"), "-w", "%{http_code} %{http_version}", new Uri(server.Url, "/kms/v1/keys/names").AbsoluteUri], Stop, environment);
        Assert.Equal("200 1.1", answer);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker http, KerberosServer server, string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(server.Url, "/kms/v1/keys/names")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Negotiate " + token);
        }

        return await http.SendAsync(request, Stop);
    }

    private static ProviderUri Provider(KerberosServer server) => ProviderUri.Parse($"kms://https@localhost:{server.Url.Port}/kms");

    private Task<KerberosServer> ServerAsync() => KerberosServer.StartAsync(realm.Kdc.Environment, KerberosFixture.Settings(realm.Kdc.File("http.keytab"), "HTTP/localhost"), Stop, scheme: "https");
}
