using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>A server with Hadoop's multi-scheme handler, and one that has seen too many bad tickets, by tickets of a real key server.</summary>
[Collection("Kerberos")]
public sealed class MultiSchemeSignInTests(KerberosFixture realm)
{
    private const string Names = "/kms/v1/keys/names";
    private const string Auth = "hadoop.kms.authentication.";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Negotiate_signs_in_and_its_cookie_and_tokens_are_good()
    {
        await using KerberosServer server = await StartAsync(
            (Auth + "type", "org.apache.hadoop.security.token.delegation.web.MultiSchemeDelegationTokenAuthenticationHandler"),
            (Auth + "multi-scheme-auth-handler.schemes", "Negotiate"),
            (Auth + "multi-scheme-auth-handler.schemes.negotiate.handler", "kerberos"),
            (Auth + "multi-scheme-auth-handler.delegation.schemes", "NEGOTIATE"));
        RawHttp.Reply nobody = await AskAsync(server, Names);
        Assert.Equal((401, "Negotiate"), (nobody.Status, nobody.Header("WWW-Authenticate")));
        RawHttp.Reply basic = await AskAsync(server, Names, ("Authorization", "Basic YWxpY2U6eA=="));
        Assert.Equal((401, "Negotiate"), (basic.Status, basic.Header("WWW-Authenticate")));
        RawHttp.Reply signedIn = await AskAsync(server, Names, ("Authorization", "Negotiate " + await realm.TokenAsync("alice")));
        Assert.Equal(200, signedIn.Status);
        string cookie = signedIn.Header("Set-Cookie")!.Split(';')[0];
        Assert.StartsWith("hadoop.auth=\"u=alice&p=alice@EXAMPLE.COM&t=multi-scheme-dt&e=", cookie, StringComparison.Ordinal);
        Assert.Equal(200, (await AskAsync(server, Names, ("Cookie", cookie))).Status);
        Assert.Equal(200, (await AskAsync(server, "/kms/v1/?op=GETDELEGATIONTOKEN&renewer=yarn", ("Cookie", cookie))).Status);
    }

    [Fact]
    public async Task After_too_many_bad_tickets_good_ones_of_the_address_wait_and_cookies_do_not()
    {
        await using KerberosServer server = await StartAsync(("kmsps.signin.failures.burst", "3"), ("kmsps.signin.failures.per.minute", "2"));
        string cookie = (await AskAsync(server, Names, ("Authorization", "Negotiate " + await realm.TokenAsync("alice")))).Header("Set-Cookie")!.Split(';')[0];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(403, (await AskAsync(server, Names, ("Authorization", "Negotiate YII="))).Status);
        }

        int lines = server.Audit.Split("UNAUTHENTICATED").Length;
        RawHttp.Reply waits = await AskAsync(server, Names, ("Authorization", "Negotiate " + await realm.TokenAsync("alice")));
        Assert.Equal(429, waits.Status);
        Assert.NotNull(waits.Header("Retry-After"));
        Assert.Null(waits.Header("WWW-Authenticate"));
        Assert.Equal(200, (await AskAsync(server, Names, ("Cookie", cookie))).Status);
        Assert.Equal(401, (await AskAsync(server, Names)).Status);
        Assert.Equal(lines + 1, server.Audit.Split("UNAUTHENTICATED").Length);
        Assert.Contains("Too many sign-ins from 127.0.0.1 failed", server.Log, StringComparison.Ordinal);
    }

    private static Task<RawHttp.Reply> AskAsync(KerberosServer server, string target, params (string, string)[] headers) => RawHttp.SendAsync(server.Url, "GET", target, headers, [], Stop);

    private async Task<KerberosServer> StartAsync(params (string Name, string Value)[] more)
    {
        Assert.SkipUnless(MitKdc.IsInstalled, "MIT's key server is not installed");
        Dictionary<string, string> settings = KerberosFixture.Settings(realm.Kdc.File("http.keytab"), "HTTP/localhost");
        foreach ((string name, string value) in more)
        {
            settings[name] = value;
        }

        return await KerberosServer.StartAsync(realm.Kdc.Environment, settings, Stop);
    }
}
