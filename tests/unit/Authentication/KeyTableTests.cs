using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>A key table that changes while a server runs, a key server that is down, and key tables that no server can use.</summary>
[Collection("Kerberos")]
public sealed class KeyTableTests(KerberosFixture realm)
{
    private const string Absent = "/kms/v1/key/absent/_metadata";
    private const string Rotated = "HTTP/rotated.example.com@EXAMPLE.COM";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rotated_key_table_is_taken_at_once_and_old_tickets_live_as_long_as_their_key_is_in_it()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string keytab = await realm.Kdc.ExportAsync("rotated.keytab", Stop, Rotated);
        await using KerberosServer server = await KerberosServer.StartAsync(realm.Kdc.Environment, KerberosFixture.Settings(keytab, "HTTP/rotated.example.com"), Stop);
        string early = await realm.SignInAsync("alice");
        Assert.Equal(200, await StatusAsync(server, early));

        // A second key beside the first: tickets under either are good.
        await realm.Kdc.ExportAsync("rotated.keytab", Stop, Rotated);
        string late = await realm.SignInAsync("alice");
        Assert.Equal(200, await StatusAsync(server, late));
        Assert.Equal(200, await StatusAsync(server, early));

        // What is no key table changes nothing.
        byte[] good = await File.ReadAllBytesAsync(keytab, Stop);
        await File.WriteAllTextAsync(keytab, "garbage", Stop);
        Assert.Equal(200, await StatusAsync(server, late));
        File.Delete(keytab);
        Assert.Equal(200, await StatusAsync(server, late));

        // The first key leaves: its tickets end, and the answer says why.
        await File.WriteAllBytesAsync(keytab, good, Stop);
        await realm.Kdc.AdminAsync($"ktremove -q -k {keytab} {Rotated} old", Stop);
        Assert.Equal(200, await StatusAsync(server, late));
        RawHttp.Reply refused = await AskAsync(server, early);
        Assert.Equal(403, refused.Status);
        Assert.StartsWith($"The ticket wants key version 2 of {Rotated}, and the key table holds 3", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("the key table has changed; in use now: HTTP/rotated.example.com@EXAMPLE.COM (key versions 2 3).", server.Log, StringComparison.Ordinal);
        Assert.Contains("this is no key table: it does not begin with the bytes 05 02. The keys of before stay in use.", server.Log, StringComparison.Ordinal);
        Assert.Contains("the key table does not exist. The keys of before stay in use.", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_ins_go_on_while_the_key_table_is_written_again_and_again()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string keytab = realm.Kdc.File("busy.keytab");
        await realm.Kdc.AdminAsync($"ktadd -q -norandkey -k {keytab} HTTP/rotated.example.com", Stop);
        await using KerberosServer server = await KerberosServer.StartAsync(realm.Kdc.Environment, KerberosFixture.Settings(keytab, "HTTP/rotated.example.com"), Stop);
        string cache = await realm.SignInAsync("alice");
        string[] tokens = [.. Enumerable.Range(0, 200).Select(_ => realm.Tickets.TokenFor(Rotated, cache))];
        byte[] content = await File.ReadAllBytesAsync(keytab, Stop);
        Lock pen = new();
        int sent = 0;
        await Parallel.ForEachAsync(tokens, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (token, stop) =>
        {
            if (Interlocked.Increment(ref sent) % 10 == 0)
            {
                lock (pen)
                {
                    File.WriteAllBytes(keytab, content);
                }
            }

            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, "GET", Absent, [("Authorization", "Negotiate " + token)], [], stop);
            Assert.True(reply.Status == 200, $"{reply.Status} {reply.Reason}");
        });
        Assert.Equal(tokens.Length, sent);
        Assert.Contains("the key table has changed; in use now:", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_key_server_cookies_and_tickets_that_were_handed_out_stay_good()
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string cache = await realm.SignInAsync("alice");
        RawHttp.Reply before = await AskAsync(realm.Server, cache, KerberosFixture.Service);
        Assert.Equal(200, before.Status);
        realm.Kdc.Stop();
        try
        {
            string cookie = before.Header("Set-Cookie")!.Split(';')[0];
            Assert.Equal(200, (await realm.AskAsync(Absent, ("Cookie", cookie))).Status);
            Assert.Equal(200, (await AskAsync(realm.Server, cache, KerberosFixture.Service)).Status);
        }
        finally
        {
            await realm.Kdc.StartAgainAsync(Stop);
        }
    }

    [Theory]
    [InlineData("missing", "the key table does not exist")]
    [InlineData("folder", "the key table is a folder")]
    [InlineData("empty", "the key table is empty")]
    [InlineData("garbage", "this is no key table: it does not begin with the bytes 05 02")]
    [InlineData("cut", "the key table is damaged at byte 2")]
    [InlineData("other", "the key table holds no key for HTTP/none.example.com")]
    [InlineData("users", "the key table holds no key for any HTTP/… principal")]
    [InlineData("host", "hadoop.kms.authentication.kerberos.principal names 'host/localhost', and clients ask for HTTP/… only")]
    public async Task A_server_that_could_open_no_ticket_does_not_start(string what, string why)
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string path = realm.Kdc.File("bad-" + what);
        byte[] good = await File.ReadAllBytesAsync(realm.Kdc.File("http.keytab"), Stop);
        switch (what)
        {
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "empty" or "garbage" or "cut":
                await File.WriteAllBytesAsync(path, what == "empty" ? [] : what == "garbage" ? "garbage"u8.ToArray() : good[..40], Stop);
                break;
        }

        string principal = what switch { "other" => "HTTP/none.example.com", "users" => "*", "host" => "host/localhost", _ => "HTTP/localhost" };
        string keytab = what switch { "other" or "host" => realm.Kdc.File("http.keytab"), "users" => realm.Users, _ => path };
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => KerberosServer.StartAsync(realm.Kdc.Environment, KerberosFixture.Settings(keytab, principal), Stop));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("HTTP/localhost@EXAMPLE.COM,HTTP/rotated.example.com")]
    public async Task Several_principals_are_served_by_name_or_by_a_star(string principals)
    {
        Assert.SkipUnless(MitKdc.IsInstalled, MitKdc.Missing);
        string keytab = realm.Kdc.File($"several-{principals.Length}.keytab");
        await realm.Kdc.AdminAsync($"ktadd -q -norandkey -k {keytab} HTTP/localhost HTTP/rotated.example.com host/localhost", Stop);
        await using KerberosServer server = await KerberosServer.StartAsync(realm.Kdc.Environment, KerberosFixture.Settings(keytab, principals), Stop);
        string cache = await realm.SignInAsync("alice");
        Assert.Equal(200, (await AskAsync(server, cache, KerberosFixture.Service)).Status);
        Assert.Equal(200, (await AskAsync(server, cache)).Status);
        Assert.Equal(403, (await AskAsync(server, cache, "host/localhost@EXAMPLE.COM")).Status);
    }

    private async Task<int> StatusAsync(KerberosServer server, string cache) => (await AskAsync(server, cache)).Status;

    private Task<RawHttp.Reply> AskAsync(KerberosServer server, string cache, string service = Rotated) =>
        RawHttp.SendAsync(server.Url, "GET", Absent, [("Authorization", "Negotiate " + realm.Tickets.TokenFor(service, cache))], [], Stop);
}
