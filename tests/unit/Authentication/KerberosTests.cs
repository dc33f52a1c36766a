using System.Formats.Asn1;
using System.Text.Json;
using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>Sign-ins at a server with a key table, by tickets of a real MIT Kerberos key server. Statuses and headers as recorded in auth/kerberos.</summary>
[Collection("Kerberos")]
public sealed class KerberosTests(KerberosFixture realm)
{
    private const string Names = "/kms/v1/keys/names";
    private const string Absent = "/kms/v1/key/absent/_metadata";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Curl_signs_in_by_a_ticket_and_comes_back_by_its_cookie()
    {
        Require();
        string cache = await realm.SignInAsync("alice");
        string jar = realm.Kdc.File("jar");
        (string, string)[] environment = [.. realm.Kdc.Environment, ("KRB5CCNAME", "FILE:" + cache)];
        string url = new Uri(realm.Server.Url, Names).AbsoluteUri;
        string signedIn = await Peers.RunAsync("curl", ["-s", "-i", "--negotiate", "-u", ":", "-c", jar, url], Stop, environment);
        Assert.Contains("HTTP/1.1 200 OK\r\n", signedIn, StringComparison.Ordinal); // Before it a 401, in versions of curl that wait for the challenge.
        Assert.Contains("WWW-Authenticate: Negotiate oY", signedIn, StringComparison.Ordinal);
        Assert.Contains("""Set-Cookie: hadoop.auth="u=alice&p=alice@EXAMPLE.COM&t=kerberos-dt&e=""", signedIn, StringComparison.Ordinal);
        string again = await Peers.RunAsync("curl", ["-s", "-i", "-b", jar, url], Stop);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", again, StringComparison.Ordinal);
        Assert.DoesNotContain("WWW-Authenticate", again, StringComparison.Ordinal);
        Assert.DoesNotContain("Set-Cookie", again, StringComparison.Ordinal);
        string nobody = await Peers.RunAsync("curl", ["-s", "-i", "--negotiate", "-u", ":", url], Stop, [.. realm.Kdc.Environment, ("KRB5CCNAME", "FILE:" + realm.Kdc.File("none"))]);
        Assert.StartsWith("HTTP/1.1 401 Authentication required\r\n", nobody, StringComparison.Ordinal);
        Assert.Contains("WWW-Authenticate: Negotiate\r\n", nobody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "u=alice&p=alice@EXAMPLE.COM&t=kerberos-dt&e=")]
    [InlineData("hive/localhost", "u=hive&p=hive/localhost@EXAMPLE.COM&t=kerberos-dt&e=")]
    public async Task A_cookie_holds_the_short_name_and_the_principal(string user, string expected)
    {
        Require();
        RawHttp.Reply reply = await realm.AskAsync(Absent, ("Authorization", "Negotiate " + await realm.TokenAsync(user)));
        Assert.Equal(200, reply.Status);
        Assert.StartsWith($"hadoop.auth=\"{expected}", reply.Header("Set-Cookie"), StringComparison.Ordinal);
        Assert.EndsWith("\"; HttpOnly", reply.Header("Set-Cookie"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Negotiate ", true, "Negotiate", "Negotiate oY", 200)]
    [InlineData("Negotiate ", false, "Negotiate", "Negotiate oRQwEqADCgEAoQsGCSqGSIb3EgECAg==", 200)]
    [InlineData("Negotiate ", true, "Kerberos", "Negotiate YI", 200)]
    [InlineData("Negotiate ", false, "Kerberos", null, 200)]
    [InlineData("Negotiate  ", true, "Negotiate", "Negotiate oY", 200)]
    [InlineData("Negotiate", true, "Negotiate", "Negotiate oY", 200)]
    [InlineData("Negotiate,", true, "Negotiate", "Negotiate oY", 200)]
    [InlineData("negotiate ", true, "Negotiate", "Negotiate", 401)]
    [InlineData("NEGOTIATE ", true, "Negotiate", "Negotiate", 401)]
    [InlineData("Kerberos ", true, "Negotiate", "Negotiate", 401)]
    [InlineData("Basic YWxpY2U6eA==, Negotiate ", true, "Negotiate", "Negotiate", 401)]
    public async Task The_scheme_is_a_prefix_whose_case_counts(string prefix, bool isMutual, string package, string? answer, int status)
    {
        Require();
        string token = realm.Tickets.TokenFor(KerberosFixture.Service, await realm.SignInAsync("alice"), isMutual, package);
        RawHttp.Reply reply = await realm.AskAsync(Absent, ("Authorization", prefix + token));
        Assert.Equal(status, reply.Status);
        if (answer is null)
        {
            Assert.Null(reply.Header("WWW-Authenticate"));
        }
        else
        {
            Assert.StartsWith(answer, reply.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }

        Assert.Equal(status == 401, reply.Header("Set-Cookie") == "hadoop.auth=; HttpOnly");
    }

    [Fact]
    public async Task Of_two_Authorization_headers_the_first_is_read()
    {
        Require();
        string token = "Negotiate " + await realm.TokenAsync("alice");
        Assert.Equal(401, (await realm.AskAsync(Absent, ("Authorization", "Basic YWxpY2U6eA=="), ("Authorization", token))).Status);
        Assert.Equal(200, (await realm.AskAsync(Absent, ("Authorization", token), ("Authorization", "Basic YWxpY2U6eA=="))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("!!!")]
    [InlineData("YII=")]
    [InlineData("TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAGAbEdAAAADw==")]
    [InlineData("YEAGBisGAQUFAqA2MDSgDjAMBgorBgEEAYI3AgIKoiIEIE5UTE1TU1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("YBsGBisGAQUFAqARMA+gDTALBgkqhkiG9xIBAgI=")]
    [InlineData("YAgGBisGAQUFAg==")]
    [InlineData("YAsGCSqGSIb3EgECAg==")]
    [InlineData("oQcwBaADCgEA")]
    public async Task A_token_that_holds_no_ticket_is_403_with_an_empty_cookie_and_no_challenge(string token)
    {
        Require();
        foreach ((string, string)[] more in new (string, string)[][] { [], [("Accept", "application/json")] })
        {
            Refused(await realm.AskAsync(Absent, [("Authorization", "Negotiate " + token), .. more]));
        }

        Refused(await realm.AskAsync("OPTIONS", "/kms/v1/", ("Authorization", "Negotiate " + token)));
        Refused(await realm.AskAsync("/kms/v1/?op=GETDELEGATIONTOKEN", ("Authorization", "Negotiate " + token)));
    }

    [Fact]
    public async Task A_ticket_that_was_changed_or_is_for_somebody_else_is_403()
    {
        Require();
        byte[] good = Convert.FromBase64String(await realm.TokenAsync("alice"));
        byte[] cut = good[..(good.Length / 2)];
        byte[] authenticator = [.. good[..^20], (byte)(good[^20] ^ 1), .. good[^19..]];
        byte[] trailing = [.. good, 0];
        foreach (byte[] bad in new[] { cut, authenticator, trailing })
        {
            Refused(await realm.AskAsync(Absent, ("Authorization", "Negotiate " + Convert.ToBase64String(bad))));
        }

        RawHttp.Reply host = await realm.AskAsync(Absent, ("Authorization", "Negotiate " + await realm.TokenAsync("alice", "host/localhost@EXAMPLE.COM")));
        Refused(host);
        Assert.Equal("Invalid server principal host/localhost@EXAMPLE.COM decoded from client request", host.Reason);
        RawHttp.Reply other = await realm.AskAsync(Absent, ("Authorization", "Negotiate " + await realm.TokenAsync("alice", "HTTP/other.example.com@EXAMPLE.COM")));
        Refused(other);
        Assert.Equal("This server does not answer to HTTP/other.example.com@EXAMPLE.COM", other.Reason);
    }

    [Fact]
    public async Task A_ticket_for_another_service_does_not_pass_under_a_changed_name_although_its_key_lies_in_the_key_table()
    {
        Require();
        byte[] token = Convert.FromBase64String(await realm.TokenAsync("alice", "host/localhost@EXAMPLE.COM"));
        int at = token.AsSpan().IndexOf("host"u8);
        "HTTP"u8.CopyTo(token.AsSpan(at));
        Refused(await realm.AskAsync(Absent, ("Authorization", "Negotiate " + Convert.ToBase64String(token))));
    }

    [Fact]
    public async Task A_token_is_good_once()
    {
        Require();
        string token = "Negotiate " + await realm.TokenAsync("alice");
        Assert.Equal(200, (await realm.AskAsync(Absent, ("Authorization", token))).Status);
        Refused(await realm.AskAsync(Absent, ("Authorization", token)));
        Refused(await realm.AskAsync("OPTIONS", "/kms/v1/", ("Authorization", token)));
        Assert.Contains("ErrorMsg:'The ticket is refused: it has ended, the clocks differ too much, the token was sent before, or it was changed'", realm.Server.Audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_six_minutes_fast_is_403()
    {
        Require();
        string cache = await realm.SignInAsync("alice");
        realm.Tickets.TokenFor(KerberosFixture.Service, cache); // The key server would not give a ticket to such a clock.
        byte[] tickets = await File.ReadAllBytesAsync(cache, Stop);

        // Version 4, a header of 12 bytes, its tag 1: how much the client's clock differs from the key server's.
        Assert.Equal("0504000C00010008", Convert.ToHexString(tickets.AsSpan(0, 8)));
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(tickets.AsSpan(8), 360);
        await File.WriteAllBytesAsync(cache, tickets, Stop);
        Refused(await realm.AskAsync(Absent, ("Authorization", "Negotiate " + realm.Tickets.TokenFor(KerberosFixture.Service, cache))));
    }

    [Fact]
    public async Task A_header_of_48_KiB_is_read_and_judged_like_any_other()
    {
        Require();
        Refused(await realm.AskAsync(Absent, ("Authorization", "Negotiate " + new string('A', 48 * 1024))));
        Assert.Equal(200, (await realm.AskAsync(Absent, ("Authorization", "Negotiate " + Convert.ToBase64String(Padded(Convert.FromBase64String(await realm.TokenAsync("alice")), 36 * 1024))))).Status);
        Assert.Equal(431, (await realm.AskAsync(Absent, ("Authorization", "Negotiate " + new string('A', 66 * 1024)))).Status);
    }

    [Fact]
    public async Task A_principal_without_a_short_name_is_a_page_of_a_500_and_an_empty_short_name_403()
    {
        Require();
        RawHttp.Reply malformed = await realm.AskAsync(Absent, ("Authorization", "Negotiate " + await realm.TokenAsync("a/b/c")));
        Assert.Equal((500, "Server Error"), (malformed.Status, malformed.Reason));
        Assert.Contains("java.lang.IllegalArgumentException: Malformed Kerberos name: a/b/c@EXAMPLE.COM", malformed.Body, StringComparison.Ordinal);
        Assert.StartsWith("Negotiate oY", malformed.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Null(malformed.Header("Set-Cookie"));
        RawHttp.Reply empty = await realm.AskAsync(Absent, ("Authorization", "Negotiate " + await realm.TokenAsync("ghost")));
        Refused(empty);
        Assert.Equal("java.lang.IllegalArgumentException: userName is NULL, empty or contains a '&'", empty.Reason);
        Assert.Equal(500, (await realm.AskAsync("/kms/v1/?op=GETDELEGATIONTOKEN", ("Authorization", "Negotiate " + await realm.TokenAsync("a/b/c")))).Status);
    }

    [Fact]
    public async Task A_token_got_by_Kerberos_is_used_from_another_process_without_it()
    {
        Require();
        RawHttp.Reply nobody = await realm.AskAsync("/kms/v1/?op=GETDELEGATIONTOKEN");
        Assert.Equal((401, "Negotiate", "0"), (nobody.Status, nobody.Header("WWW-Authenticate"), nobody.Header("Content-Length")));
        RawHttp.Reply issued = await realm.AskAsync("/kms/v1/?op=GETDELEGATIONTOKEN&renewer=hive", ("Authorization", "Negotiate " + await realm.TokenAsync("alice")));
        Assert.Equal(200, issued.Status);
        Assert.StartsWith("Negotiate oY", issued.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Null(issued.Header("Set-Cookie"));
        using JsonDocument json = JsonDocument.Parse(issued.Body);
        string token = json.RootElement.GetProperty("Token").GetProperty("urlString").GetString()!;
        string url = new Uri(realm.Server.Url, Names).AbsoluteUri;
        Assert.EndsWith("200", await Peers.RunAsync("curl", ["-s", "-o", realm.Kdc.File("body"), "-w", "%{http_code}", "-H", "X-Hadoop-Delegation-Token: " + token, url], Stop), StringComparison.Ordinal);
        RawHttp.Reply byToken = await realm.AskAsync("/kms/v1/?op=GETDELEGATIONTOKEN", ("X-Hadoop-Delegation-Token", token));
        Assert.Equal((401, "Negotiate"), (byToken.Status, byToken.Header("WWW-Authenticate")));
        Assert.Equal(200, (await realm.AskAsync("PUT", "/kms/v1/?op=RENEWDELEGATIONTOKEN&token=" + token, ("Authorization", "Negotiate " + await realm.TokenAsync("hive/localhost")))).Status);
        RawHttp.Reply owner = await realm.AskAsync("PUT", "/kms/v1/?op=RENEWDELEGATIONTOKEN&token=" + token, ("Authorization", "Negotiate " + await realm.TokenAsync("alice")));
        Assert.Equal(403, owner.Status);
        Assert.Contains("alice tries to renew a token (kms-dt owner=alice, renewer=hive", owner.Reason, StringComparison.Ordinal);
        Assert.Equal(200, (await realm.AskAsync("PUT", "/kms/v1/?op=CANCELDELEGATIONTOKEN&token=" + token)).Status);
        Assert.Equal(403, (await realm.AskAsync(Names, ("X-Hadoop-Delegation-Token", token))).Status);
    }

    [Fact]
    public async Task Hive_acts_for_alice_from_an_allowed_host_and_oozie_not_from_a_forbidden_one()
    {
        Require();
        RawHttp.Reply allowed = await realm.AskAsync(Names + "?doAs=alice", ("Authorization", "Negotiate " + await realm.TokenAsync("hive/localhost")));
        Assert.Equal(200, allowed.Status);
        Assert.StartsWith("hadoop.auth=\"u=hive&p=hive/localhost@EXAMPLE.COM&", allowed.Header("Set-Cookie"), StringComparison.Ordinal);
        RawHttp.Reply denied = await realm.AskAsync(Names + "?doAs=bob", ("Authorization", "Negotiate " + await realm.TokenAsync("hive/localhost")));
        Assert.Equal(403, denied.Status);
        Assert.Contains("User: hive/localhost@EXAMPLE.COM is not allowed to impersonate bob", denied.Body, StringComparison.Ordinal);
        Assert.StartsWith("hadoop.auth=\"u=hive&", denied.Header("Set-Cookie"), StringComparison.Ordinal);
        RawHttp.Reply elsewhere = await realm.AskAsync(Names + "?doAs=alice", ("Authorization", "Negotiate " + await realm.TokenAsync("oozie")));
        Assert.Equal(403, elsewhere.Status);
        Assert.Contains("Unauthorized connection for super-user: oozie@EXAMPLE.COM from IP /127.0.0.1", elsewhere.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_paths_show_pages_to_anybody_and_never_keys()
    {
        Require();
        Assert.Equal(200, (await realm.AskAsync("/jmx?get=java.lang:type=Runtime")).Status);
        Assert.Equal(200, (await realm.AskAsync("/conf")).Status);
        Assert.Equal(401, (await realm.AskAsync("/jmx/x")).Status);
        Assert.Equal(401, (await realm.AskAsync("/stacks")).Status);
        Assert.Equal(401, (await realm.AskAsync(Names)).Status);
        Assert.Equal(403, (await realm.AskAsync("/kms")).Status);
        Assert.Equal(403, (await realm.AskAsync("/jmx?op=GETDELEGATIONTOKEN")).Status);
    }

    private static void Require() => Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);

    private static void Refused(RawHttp.Reply reply)
    {
        Assert.Equal(403, reply.Status);
        Assert.Equal("hadoop.auth=; HttpOnly", reply.Header("Set-Cookie"));
        Assert.Null(reply.Header("WWW-Authenticate"));
    }

    // A SPNEGO token whose list of mechanisms names many that nobody has, as one with a large authorization list would be as long.
    private static byte[] Padded(byte[] token, int length)
    {
        AsnReader outer = new(token, AsnEncodingRules.BER);
        AsnReader framed = outer.ReadSequence(new Asn1Tag(TagClass.Application, 0, true));
        string spnego = framed.ReadObjectIdentifier();
        AsnReader init = framed.ReadSequence(Context(0)).ReadSequence();
        init.ReadEncodedValue();
        byte[] mechanismToken = init.ReadSequence(Context(2)).ReadOctetString();
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence(new Asn1Tag(TagClass.Application, 0, true)))
        {
            writer.WriteObjectIdentifier(spnego);
            using (writer.PushSequence(Context(0)))
            using (writer.PushSequence())
            {
                using (writer.PushSequence(Context(0)))
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.2.840.113554.1.2.2");
                    for (int i = 0; i < (length - token.Length) / 12; i++)
                    {
                        writer.WriteObjectIdentifier($"1.3.6.1.4.1.99999.{1_000_000 + i}");
                    }
                }

                using (writer.PushSequence(Context(2)))
                {
                    writer.WriteOctetString(mechanismToken);
                }
            }
        }

        return writer.Encode();

        static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, true);
    }
}
