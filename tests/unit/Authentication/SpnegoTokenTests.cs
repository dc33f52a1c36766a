using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Errors;

namespace KmsPS.Tests.Authentication;

/// <summary>What is read of tokens and key tables before any library sees them: recorded ones, and damaged ones.</summary>
public sealed class SpnegoTokenTests
{
    private const string Localhost = "HTTP/localhost@EXAMPLE.COM";

    public static TheoryData<string> Tickets => [.. Recorded().Where(static each => each.Id is not ("only-ntlm" or "no-token" or "unframed")).Select(static each => each.Id)];

    [Theory]
    [MemberData(nameof(Tickets))]
    public void A_recorded_token_tells_whom_its_ticket_is_for_and_under_which_key(string id)
    {
        Assert.True(SpnegoToken.TryRead(Recorded().First(each => each.Id == id).Token, out SpnegoToken? token, out _));
        Assert.Equal(new SpnegoToken(Localhost, 3, 18), token);
    }

    [Theory]
    [InlineData("only-ntlm", "is NTLM's")]
    [InlineData("no-token", "holds no Kerberos ticket")]
    [InlineData("unframed", "malformed")]
    public void A_token_without_a_ticket_is_none(string id, string why)
    {
        Assert.False(SpnegoToken.TryRead(Recorded().First(each => each.Id == id).Token, out _, out string problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void No_damage_to_a_token_is_met_with_anything_but_yes_or_no()
    {
        byte[] good = Recorded().First().Token;
        int refused = 0;
        for (int i = 0; i < good.Length; i++)
        {
            foreach (byte value in (byte[])[0, 0x80, 0x84, 0xFF, (byte)(good[i] ^ 1)])
            {
                byte[] bad = [.. good];
                bad[i] = value;
                refused += SpnegoToken.TryRead(bad, out _, out _) ? 0 : 1;
            }

            Assert.False(SpnegoToken.TryRead(good.AsMemory(0, i), out _, out _));
        }

        Assert.InRange(refused, 100, good.Length * 5);
    }

    [Fact]
    public void A_key_table_of_a_real_server_is_read_and_damage_is_named()
    {
        string path = Vectors.Path("recorded", "auth", "kerberos", "conf", "http.keytab");
        byte[] content = File.ReadAllBytes(path);
        byte[] all = Keytab.Select(path, content, static _ => true, out IReadOnlyList<KeytabEntry> entries);
        Assert.Equal([new KeytabEntry(Localhost, 3, 18), new KeytabEntry(Localhost, 3, 17)], entries);
        Assert.Equal(content, all);
        Assert.Equal([5, 2], Keytab.Select(path, content, static name => name.StartsWith("host/", StringComparison.Ordinal), out entries));
        Assert.Empty(entries);
        for (int i = 3; i < content.Length; i++)
        {
            byte[] cut = content[..i];
            byte[] changed = [.. content];
            changed[i] ^= 0x55;
            Tolerate(() => Keytab.Select(path, cut, static _ => true, out _));
            Tolerate(() => Keytab.Select(path, changed, static _ => true, out _));
        }
    }

    [Fact]
    public void A_hole_in_a_key_table_is_passed_over_and_the_long_key_number_counts()
    {
        byte[] hole = [0xFF, 0xFF, 0xFF, 0xFC, 9, 9, 9, 9];
        byte[] entry = [0, 2, .. Text("R"), .. Text("HTTP"), .. Text("h"), 0, 0, 0, 1, 0, 0, 0, 0, 44, 0, 18, 0, 4, 1, 2, 3, 4, 0, 0, 1, 44];
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, entry.Length);
        byte[] table = [5, 2, .. hole, .. size, .. entry, 0, 0, 0, 0];
        byte[] selected = Keytab.Select("t", table, static _ => true, out IReadOnlyList<KeytabEntry> entries);
        Assert.Equal([new KeytabEntry("HTTP/h@R", 300, 18)], entries);
        Assert.Equal([5, 2, .. size, .. entry], selected);

        static byte[] Text(string text) => [0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
    }

    [Theory]
    [InlineData("HTTP/a@R", "HTTP/a@R", true)]
    [InlineData("HTTP/a@R", "HTTP/a@S", false)]
    [InlineData("HTTP/a", "HTTP/a@S", true)]
    [InlineData("HTTP/a", "HTTP/ab@S", false)]
    [InlineData("HTTP/_HOST@R", "HTTP/this.machine@R", true)]
    [InlineData("HTTP/a@R, HTTP/b", "HTTP/b@R", true)]
    [InlineData("*", "HTTP/whatever@R", true)]
    [InlineData("*", "host/whatever@R", false)]
    [InlineData("HTTP/a@R", "http/a@R", false)]
    public void Principals_are_served_as_they_are_set(string setting, string principal, bool isServed) =>
        Assert.Equal(isServed, ServicePrincipals.Parse(setting, static () => "this.machine").Serves(principal));

    private static void Tolerate(Action action)
    {
        try
        {
            action();
        }
        catch (ConfigurationException named)
        {
            Assert.Contains("key table", named.Message, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(string Id, byte[] Token)> Recorded()
    {
        foreach (string line in File.ReadLines(Vectors.Path("recorded", "auth", "kerberos-spnego", "facts.jsonl")))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            yield return (json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("clientToken").GetBytesFromBase64());
        }
    }
}
