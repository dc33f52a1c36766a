using System.Diagnostics;
using System.DirectoryServices.Protocols;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Tests.Identity;

/// <summary>A real directory server: OpenLDAP's slapd as a child of the test, on loopback, with a certificate of an authority of its own.</summary>
internal sealed class Slapd : IAsyncDisposable
{
    internal const string Base = "dc=example,dc=org";
    internal const string BindUser = "cn=admin," + Base;
    internal const string BindPassword = "directory secret";

    private static readonly string? Program = Find("slapd", "/usr/sbin", "/usr/local/libexec", "/usr/libexec");
    private static readonly string? Modules = new[] { "/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap" }.FirstOrDefault(Directory.Exists);
    private static readonly string? Schemas = new[] { "/etc/ldap/schema", "/etc/openldap/schema" }.FirstOrDefault(Directory.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kmsps-ldap-");
    private Process? _process;

    private Slapd()
    {
        Port = FreePort();
        TlsPort = FreePort();
    }

    internal int Port { get; }

    internal int TlsPort { get; }

    /// <summary>A folder with the authority's certificate, in OpenSSL's hashed form.</summary>
    internal string CaDirectory => Path.Combine(_folder.FullName, "ca");

    /// <summary>Starts one that holds <paramref name="ldif"/>; skips the test, and says so, where there is no slapd.</summary>
    internal static async Task<Slapd> StartAsync(string ldif, CancellationToken cancellationToken)
    {
        if (Program is null || Modules is null || Schemas is null || Find("openssl", "/usr/bin", "/usr/local/bin") is null)
        {
            Assert.Skip("No slapd, its modules, or no openssl: install OpenLDAP's server to run this test");
        }

        Slapd server = new();
        try
        {
            await server.BeginAsync(ldif, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Settings that ask this server.</summary>
    internal LdapSettings Settings(params (string Name, string Value)[] more) => SettingsFor($"ldap://127.0.0.1:{Port}", more);

    /// <summary>Settings that ask <paramref name="url"/>; what comes in <paramref name="more"/> wins.</summary>
    internal static LdapSettings SettingsFor(string url, params (string Name, string Value)[] more) => LdapSettings.Read(new HadoopConfiguration(
        [[.. Properties(url).Concat(more).GroupBy(static each => each.Name).Select(static each => new HadoopProperty(each.Key, each.Last().Value, false, "core-site.xml", 1, 1))]], VariableScope.None));

    /// <summary>What <c>core-site.xml</c> must hold to ask <paramref name="url"/>.</summary>
    internal static IEnumerable<(string Name, string Value)> Properties(string url) =>
    [
        ("hadoop.security.group.mapping", "org.apache.hadoop.security.LdapGroupsMapping"),
        ("hadoop.security.group.mapping.ldap.url", url),
        ("hadoop.security.group.mapping.ldap.bind.user", BindUser),
        ("hadoop.security.group.mapping.ldap.bind.password", BindPassword),
        ("hadoop.security.group.mapping.ldap.base", Base),
        ("hadoop.security.group.mapping.ldap.search.filter.user", "(&(objectClass=inetOrgPerson)(uid={0}))"),
        ("hadoop.security.group.mapping.ldap.search.filter.group", "(objectClass=groupOfNames)"),
        ("hadoop.security.group.mapping.ldap.connection.timeout.ms", "2000"),
        ("hadoop.security.group.mapping.ldap.directory.search.timeout", "2000"),
        ("hadoop.security.group.mapping.ldap.num.attempts", "1"),
    ];

    /// <summary>Takes a member out of a group.</summary>
    internal void Remove(string group, string member)
    {
        using LdapConnection connection = new(new LdapDirectoryIdentifier("127.0.0.1", Port), new NetworkCredential(BindUser, BindPassword), AuthType.Basic);
        connection.SessionOptions.ProtocolVersion = 3;
        connection.Bind();
        connection.SendRequest(new ModifyRequest($"cn={group},ou=groups,{Base}", DirectoryAttributeOperation.Delete, "member", member));
    }

    /// <summary>Ends it at once, as a power cut would.</summary>
    internal async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? Find(string program, params string[] folders) => folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private async Task BeginAsync(string ldif, CancellationToken cancellationToken)
    {
        string at = _folder.FullName;
        Directory.CreateDirectory(Path.Combine(at, "data"));
        await WriteCertificatesAsync(cancellationToken);
        string configuration = Path.Combine(at, "slapd.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"""
            include {Schemas}/core.schema
            include {Schemas}/cosine.schema
            include {Schemas}/inetorgperson.schema
            modulepath {Modules}
            moduleload back_mdb
            pidfile {at}/slapd.pid
            TLSCACertificateFile {at}/ca.pem
            TLSCertificateFile {at}/server.pem
            TLSCertificateKeyFile {at}/server.key
            database mdb
            maxsize 10485760
            suffix "{Base}"
            rootdn "{BindUser}"
            rootpw "{BindPassword}"
            directory {at}/data
            access to * by * none

            """,
            cancellationToken);
        string content = Path.Combine(at, "content.ldif");
        await File.WriteAllTextAsync(content, ldif, cancellationToken);
        await RunAsync(Program!, ["-T", "add", "-f", configuration, "-l", content], cancellationToken);
        ProcessStartInfo start = new(Program!, ["-d", "0", "-f", configuration, "-h", $"ldap://127.0.0.1:{Port} ldaps://127.0.0.1:{TlsPort}"]) { RedirectStandardError = true };
        _process = Process.Start(start)!;
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        for (int i = 0; ; i++)
        {
            try
            {
                using TcpClient probe = new();
                await probe.ConnectAsync(IPAddress.Loopback, TlsPort, cancellationToken);
                return;
            }
            catch (SocketException) when (i < 200 && !_process.HasExited)
            {
                await Task.Delay(25, cancellationToken);
            }
        }
    }

    private async Task WriteCertificatesAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using RSA caKey = RSA.Create(2048);
        CertificateRequest ca = new("CN=Directory test authority", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        ca.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using X509Certificate2 authority = ca.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using RSA key = RSA.Create(2048);
        CertificateRequest leaf = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using X509Certificate2 certificate = leaf.Create(authority, now.AddHours(-1), now.AddHours(23), [1, 2, 3, 4]);
        Directory.CreateDirectory(CaDirectory);
        string at = _folder.FullName;
        await File.WriteAllTextAsync(Path.Combine(at, "ca.pem"), authority.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(CaDirectory, "ca.pem"), authority.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(at, "server.pem"), certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(at, "server.key"), key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await RunAsync("openssl", ["rehash", CaDirectory], cancellationToken);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string said = await process.StandardError.ReadToEndAsync(cancellationToken) + await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {said}");
    }

    /// <summary>Writes entries: people by uid, and groups with their members, <c>@name</c> for a group.</summary>
    internal static string Ldif(string[] people, params (string Group, string[] Members)[] groups)
    {
        StringBuilder text = new();
        text.Append($"dn: {Base}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n");
        text.Append($"dn: ou=people,{Base}\nobjectClass: organizationalUnit\nou: people\n\ndn: ou=groups,{Base}\nobjectClass: organizationalUnit\nou: groups\n\n");
        foreach (string person in people)
        {
            text.Append($"dn:: {Encode(Person(person))}\nobjectClass: inetOrgPerson\nuid:: {Encode(person)}\ncn:: {Encode(person)}\nsn: x\n\n");
        }

        foreach ((string group, string[] members) in groups)
        {
            text.Append($"dn: cn={group},ou=groups,{Base}\nobjectClass: groupOfNames\ncn: {group}\n");
            foreach (string member in members)
            {
                text.Append($"member:: {Encode(member[0] == '@' ? $"cn={member[1..]},ou=groups,{Base}" : Person(member))}\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The name of a person's entry.</summary>
    internal static string Person(string uid) => $"uid={string.Concat(uid.Select(static c => c is ',' or '+' or '"' or '\\' or '<' or '>' or ';' or '=' or '#' ? $"\\{c}" : $"{c}"))},ou=people,{Base}";

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
