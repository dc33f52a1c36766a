using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Identity;

/// <summary>Groups from a real directory server.</summary>
public sealed class SlapdTests
{
    private const string Odd = "*()\\";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Content => Slapd.Ldif(
        ["alice", "bob", "admin*", Odd],
        ("eng", ["alice", "@loop"]),
        ("all", ["@eng"]),
        ("world", ["@all"]),
        ("loop", ["@world"]),
        ("odd", [Odd]),
        ("Data Engineers", ["bob"]));

    [Theory]
    [InlineData(0, "eng")]
    [InlineData(1, "all,eng")]
    [InlineData(2, "all,eng,world")]
    [InlineData(3, "all,eng,loop,world")]
    [InlineData(50, "all,eng,loop,world")]
    public async Task Groups_of_groups_are_followed_so_many_steps_and_a_circle_ends(int levels, string expected)
    {
        await using Slapd directory = await Slapd.StartAsync(Content, Stop);
        LdapSettings settings = directory.Settings(("hadoop.security.group.mapping.ldap.search.group.hierarchy.levels", $"{levels}"));
        Assert.Equal(expected.Split(','), (await GroupsAsync(settings, "alice")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Hostile_names_find_exactly_who_is_so_called_and_nobody_else()
    {
        await using Slapd directory = await Slapd.StartAsync(Content, Stop);
        LdapSettings settings = directory.Settings();
        Assert.Equal(["Data Engineers"], await GroupsAsync(settings, "bob"));
        Assert.Equal(["odd"], await GroupsAsync(settings, Odd));
        foreach (string hostile in (string[])["*", "ali*", "alice)(uid=*", "*)(objectClass=*", "alice\0", "\0", "(", ")", "\\", "\\2a", "alice)(|(uid=bob", "", " ", new string('x', 4096)])
        {
            Assert.Empty(await GroupsAsync(settings, hostile));
        }
    }

    [Fact]
    public async Task LDAPS_and_StartTLS_trust_the_authority_that_is_named_and_no_other()
    {
        await using Slapd directory = await Slapd.StartAsync(Content, Stop);
        string ldaps = $"ldaps://127.0.0.1:{directory.TlsPort}";
        string plain = $"ldap://127.0.0.1:{directory.Port}";
        (string, string) trust = ("kmsps.ldap.ca.directory", directory.CaDirectory);
        (string, string) startTls = ("kmsps.ldap.starttls", "true");
        Assert.Equal(["eng"], await GroupsAsync(Slapd.SettingsFor(ldaps, trust), "alice"));
        Assert.Equal(["eng"], await GroupsAsync(Slapd.SettingsFor(plain, trust, startTls), "alice"));

        // A client that trusts somebody else sends no password: it ends before the bind.
        await RefusedAsync(Slapd.SettingsFor(ldaps));
        await RefusedAsync(Slapd.SettingsFor(plain, startTls));
    }

    [Fact]
    public async Task A_dead_first_server_is_passed_over_and_a_wrong_password_is_no_answer()
    {
        await using Slapd directory = await Slapd.StartAsync(Content, Stop);
        LdapGroupMapper mapper = new(Slapd.SettingsFor($"ldap://127.0.0.1:{Slapd.FreePort()},ldap://127.0.0.1:{directory.Port}"), TimeProvider.System);
        Assert.Equal(["eng"], await mapper.GroupsOfAsync("alice", Stop));
        Assert.Equal(["Data Engineers"], await mapper.GroupsOfAsync("bob", Stop));
        await RefusedAsync(directory.Settings(("hadoop.security.group.mapping.ldap.bind.password", "wrong")));
        await directory.KillAsync();
        await Assert.ThrowsAsync<KmsException>(async () => await mapper.GroupsOfAsync("alice", Stop));
    }

    [Theory]
    [InlineData("ldap", false)]
    [InlineData("ldaps", false)]
    [InlineData("ldap", true)]
    public async Task A_server_that_accepts_and_says_nothing_costs_no_more_than_the_deadline(string scheme, bool startTls)
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        LdapSettings settings = Slapd.SettingsFor($"{scheme}://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", ("hadoop.security.group.mapping.ldap.connection.timeout.ms", "1000"), ("kmsps.ldap.starttls", startTls ? "true" : "false"));
        Stopwatch watch = Stopwatch.StartNew();
        await RefusedAsync(settings);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static async Task<NameSet> GroupsAsync(LdapSettings settings, string user) => await new LdapGroupMapper(settings, TimeProvider.System).GroupsOfAsync(user, Stop);

    private static async Task RefusedAsync(LdapSettings settings)
    {
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await GroupsAsync(settings, "alice"));
        Assert.Equal((ErrorKind.AuthenticationFailed, true), (refused.Kind, refused.IsTransient));
        Assert.Equal("The groups of alice cannot be found out: no directory server answered the question", refused.Message);
        Assert.Contains("127.0.0.1:", refused.InnerException!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Slapd.BindPassword, refused.ToString(), StringComparison.Ordinal);
    }
}
