using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>The tests that use the realm, one after another: what a process knows of Kerberos, it knows as a whole.</summary>
[CollectionDefinition("Kerberos")]
public sealed class KerberosCollection : ICollectionFixture<KerberosFixture>;

/// <summary>One realm and one server for the tests.</summary>
public sealed class KerberosFixture : IAsyncLifetime
{
    internal const string Service = "HTTP/localhost@EXAMPLE.COM";
    private const string Auth = "hadoop.kms.authentication.";

    private static readonly string[] People = ["alice", "bob", "bob/admin", "carol", "hive/localhost", "client/host", "foo/localhost", "Upper", "a.b", "oozie", "ghost", "a/b/c", "eve@OTHER.COM", "alice@OTHER.COM"];

    private MitKdc? _kdc;
    private KerberosServer? _server;
    private Tickets? _tickets;
    private string? _users;

    internal MitKdc Kdc => _kdc!;

    internal KerberosServer Server => _server!;

    internal Tickets Tickets => _tickets!;

    /// <summary>The key table of the users; the server's is <c>http.keytab</c>, and holds <c>host/localhost</c> too.</summary>
    internal string Users => _users!;

    public async ValueTask InitializeAsync()
    {
        if (!MitKdc.IsInstalled)
        {
            return;
        }

        CancellationToken stop = TestContext.Current.CancellationToken;
        _kdc = await MitKdc.StartAsync(stop);
        await _kdc.AddAsync(stop, ["HTTP/localhost", "HTTP/other.example.com", "HTTP/rotated.example.com", "HTTP/vm", "HTTP/127.0.0.1", "host/localhost", .. People]);
        string keytab = await _kdc.ExportAsync("http.keytab", stop, "HTTP/localhost", "host/localhost");
        _users = await _kdc.ExportAsync("users.keytab", stop, People);
        _server = await KerberosServer.StartAsync(_kdc.Environment, Settings(keytab, "HTTP/localhost"), stop);
        _tickets = new Tickets(_kdc);
    }

    public async ValueTask DisposeAsync()
    {
        _tickets?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_kdc is not null)
        {
            await _kdc.DisposeAsync();
        }
    }

    /// <summary>The settings of a server with a key table; <c>/kms</c> is opened too, which must open no key.</summary>
    internal static Dictionary<string, string> Settings(string keytab, string principal) => new()
    {
        [Auth + "type"] = "kerberos",
        [Auth + "kerberos.keytab"] = keytab,
        [Auth + "kerberos.principal"] = principal,
        [Auth + "kerberos.name.rules"] = "RULE:[1:$1](ghost)s/.*// DEFAULT",
        [Auth + "kerberos.endpoint.whitelist"] = "/jmx,/conf,/kms",
        ["hadoop.security.group.mapping"] = "org.apache.hadoop.security.NullGroupsMapping",
        ["hadoop.kms.proxyuser.hive.users"] = "alice",
        ["hadoop.kms.proxyuser.hive.hosts"] = "127.0.0.1",
        ["hadoop.kms.proxyuser.oozie.users"] = "alice",
        ["hadoop.kms.proxyuser.oozie.hosts"] = "10.1.1.1",
    };

    /// <summary>Tickets of a user, fresh.</summary>
    internal Task<string> SignInAsync(string user) => Kdc.SignInAsync(user, user.StartsWith("host/", StringComparison.Ordinal) ? Kdc.File("http.keytab") : Users, TestContext.Current.CancellationToken);

    /// <summary>A token of a user for the server, from fresh tickets.</summary>
    internal async Task<string> TokenAsync(string user, string service = Service, bool isMutual = true) => Tickets.TokenFor(service, await SignInAsync(user), isMutual);

    internal Task<RawHttp.Reply> AskAsync(string target, params (string, string)[] headers) => AskAsync("GET", target, headers);

    internal Task<RawHttp.Reply> AskAsync(string method, string target, params (string, string)[] headers) =>
        RawHttp.SendAsync(Server.Url, method, target, headers, [], TestContext.Current.CancellationToken);
}
