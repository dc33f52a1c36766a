using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Authentication;

/// <summary>A real MIT Kerberos key server on a free loopback port, with two realms of its own in a temporary folder, the first of which trusts the second. No system service is touched.</summary>
internal sealed class MitKdc : IAsyncDisposable
{
    internal const string Realm = "EXAMPLE.COM";
    internal const string OtherRealm = "OTHER.COM";
    internal const string Missing = "MIT Kerberos is not installed (packages krb5-kdc, krb5-admin-server, krb5-user)";

    private static readonly string[] Programs = ["kdb5_util", "kadmin.local", "krb5kdc", "kinit"];

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort();
    private Process? _kdc;

    private MitKdc()
    {
    }

    /// <summary>Whether this machine has the programs.</summary>
    internal static bool IsInstalled { get; } = Programs.All(static program => Find(program) is not null);

    internal string Configuration => _directory.File("krb5.conf");

    /// <summary>What programs need to know this realm.</summary>
    internal (string Name, string Value)[] Environment => [("KRB5_CONFIG", Configuration), ("KRB5_KDC_PROFILE", _directory.File("kdc.conf")), ("KRB5RCACHENAME", "file2:" + _directory.File("replays"))];

    /// <summary>Makes the realm and starts its key server.</summary>
    internal static async Task<MitKdc> StartAsync(CancellationToken cancellationToken)
    {
        MitKdc kdc = new();
        await kdc.WriteConfigurationAsync(cancellationToken);
        foreach (string realm in new[] { Realm, OtherRealm })
        {
            await kdc.RunAsync("kdb5_util", ["create", "-s", "-r", realm, "-P", "master"], cancellationToken);
            await kdc.AdminAsync($"addprinc -pw shared krbtgt/{Realm}@{OtherRealm}", cancellationToken, realm);
        }

        kdc._kdc = kdc.Start();
        await kdc.WaitAsync(cancellationToken);
        return kdc;
    }

    internal string File(string name) => _directory.File(name);

    /// <summary>Makes principals with random keys.</summary>
    internal async Task AddAsync(CancellationToken cancellationToken, params string[] principals)
    {
        foreach (string principal in principals)
        {
            await AdminAsync($"addprinc -randkey {principal}", cancellationToken, RealmOf(principal));
        }
    }

    /// <summary>Gives principals new keys, and adds those to a key table.</summary>
    /// <returns>Path of the key table.</returns>
    internal async Task<string> ExportAsync(string name, CancellationToken cancellationToken, params string[] principals)
    {
        foreach (IGrouping<string, string> each in principals.GroupBy(RealmOf))
        {
            await AdminAsync($"ktadd -q -k {File(name)} {string.Join(' ', each)}", cancellationToken, each.Key);
        }

        return File(name);
    }

    internal Task AdminAsync(string command, CancellationToken cancellationToken, string realm = Realm) => RunAsync("kadmin.local", ["-r", realm, "-q", command], cancellationToken);

    /// <summary>Signs a principal in by a key table.</summary>
    /// <returns>Path of the ticket cache.</returns>
    internal async Task<string> SignInAsync(string principal, string keytab, CancellationToken cancellationToken)
    {
        string cache = File($"tickets-{Guid.NewGuid():N}");
        await RunAsync("kinit", ["-c", "FILE:" + cache, "-k", "-t", keytab, principal], cancellationToken);
        return cache;
    }

    /// <summary>Ends the key server; what has been handed out stays.</summary>
    internal void Stop()
    {
        if (_kdc is { } running)
        {
            _kdc = null;
            using (running)
            {
                running.Kill();
                running.WaitForExit();
            }
        }
    }

    /// <summary>Starts the key server again, with the same realm.</summary>
    internal async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        _kdc = Start();
        await WaitAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string? Find(string program) => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(System.IO.File.Exists);

    private static string RealmOf(string principal) => principal.Split('@') is [_, var realm] ? realm : Realm;

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken) => Peers.RunAsync(Find(program)!, arguments, cancellationToken, Environment);

    private Process Start()
    {
        ProcessStartInfo start = new(Find("krb5kdc")!, ["-n", "-r", Realm, "-r", OtherRealm]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
                return;
            }
            catch (SocketException) when (!_kdc!.HasExited)
            {
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    private async Task WriteConfigurationAsync(CancellationToken cancellationToken)
    {
        await System.IO.File.WriteAllTextAsync(
            Configuration,
            $$"""
            [libdefaults]
              default_realm = {{Realm}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{Realm}} = {
                kdc = 127.0.0.1:{{_port}}
              }
              {{OtherRealm}} = {
                kdc = 127.0.0.1:{{_port}}
              }
            [domain_realm]
              localhost = {{Realm}}
            """,
            cancellationToken);
        await System.IO.File.WriteAllTextAsync(
            File("kdc.conf"),
            $$"""
            [kdcdefaults]
              kdc_listen = 127.0.0.1:{{_port}}
              kdc_tcp_listen = 127.0.0.1:{{_port}}
            [realms]
              {{Realm}} = {
                database_name = {{File("principal")}}
                key_stash_file = {{File("stash")}}
                acl_file = {{File("kadm5.acl")}}
                max_life = 10h
              }
              {{OtherRealm}} = {
                database_name = {{File("other-principal")}}
                key_stash_file = {{File("other-stash")}}
                acl_file = {{File("kadm5.acl")}}
                max_life = 10h
              }
            [logging]
              kdc = FILE:{{File("kdc.log")}}
            """,
            cancellationToken);
    }
}
