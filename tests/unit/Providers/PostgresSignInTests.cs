using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Providers;

/// <summary>A database that shows a certificate and asks for a password.</summary>
public sealed class PostgresSignInTests : IAsyncLifetime
{
    private const string Password = "correct horse";

    private readonly TemporaryDirectory _directory = new();
    private readonly PostgresServer _server = new();
    private string _database = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Authority => _directory.File("authority.pem");

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        if (!PostgresServer.IsHere)
        {
            return;
        }

        _database = PostgresServer.DatabaseOf(await _server.CreateDatabaseAsync());
        await _server.SqlAsync("postgres", $"ALTER USER kms PASSWORD '{Password}'");
        await _server.StopAsync("fast");
        string certificate = Path.Combine(_server.Data, "server.pem");
        string key = Path.Combine(_server.Data, "server.key");
        MakeCertificates(certificate, key);
        await PostgresServer.GiveAsync(certificate);
        await PostgresServer.GiveAsync(key);
        await File.WriteAllTextAsync(Path.Combine(_server.Data, "pg_hba.conf"), "hostssl all kms 127.0.0.1/32 scram-sha-256\nhostssl all kms ::1/128 scram-sha-256\n", Stop);
        _server.Settings = $"-c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}";
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_proved_server_and_a_password_from_a_file_open_the_store()
    {
        await using IKeyProvider store = await OpenAsync("localhost", ("kmsps.postgres.ssl.mode", "verify-full"), ("kmsps.postgres.ssl.root.certificate", Authority), ("kmsps.postgres.password.file", Secret(Password)));
        (await store.CreateAsync(NewKey.Default(KeyName.Parse("k")), Stop)).Dispose();
        Assert.NotNull(await store.FindMetadataAsync(KeyName.Parse("k"), Stop));
    }

    [Fact]
    public async Task A_password_from_PGPASSFILE_opens_it_too()
    {
        string passwords = _directory.File("pgpass");
        await File.WriteAllTextAsync(passwords, string.Create(CultureInfo.InvariantCulture, $"localhost:{_server.Port}:{_database}:kms:{Password}\n"), Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(passwords, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using IKeyProvider store = await OpenAsync("localhost", ("PGPASSFILE", passwords), ("kmsps.postgres.ssl.mode", "verify-full"), ("kmsps.postgres.ssl.root.certificate", Authority));
        await store.SelfTestAsync(Stop);
    }

    [Fact]
    public async Task Another_name_than_the_certificates_and_another_authority_are_refused()
    {
        (string, string) password = ("kmsps.postgres.password.file", Secret(Password));
        KmsException name = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync("127.0.0.1", password, ("kmsps.postgres.ssl.mode", "verify-full"), ("kmsps.postgres.ssl.root.certificate", Authority)));
        Assert.Equal(ErrorKind.StoreUnavailable, name.Kind);
        Assert.True(name.Message.Contains("certificate", StringComparison.Ordinal), name.ToString());
        string other = _directory.File("other.pem");
        using (X509Certificate2 stranger = MakeAuthority("CN=stranger"))
        {
            await File.WriteAllTextAsync(other, stranger.ExportCertificatePem(), Stop);
        }

        KmsException authority = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync("localhost", password, ("kmsps.postgres.ssl.mode", "verify-full"), ("kmsps.postgres.ssl.root.certificate", other)));
        Assert.Contains("certificate", authority.Message, StringComparison.Ordinal);

        // The name does not matter where only the authority is asked for.
        await using IKeyProvider store = await OpenAsync("127.0.0.1", password, ("kmsps.postgres.ssl.mode", "verify-ca"), ("kmsps.postgres.ssl.root.certificate", Authority));
        await store.SelfTestAsync(Stop);
    }

    [Fact]
    public async Task A_wrong_password_and_a_connection_without_TLS_are_refused_and_say_why()
    {
        KmsException wrong = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync("localhost", ("kmsps.postgres.ssl.root.certificate", Authority), ("kmsps.postgres.ssl.mode", "verify-full"), ("kmsps.postgres.password.file", Secret("battery staple"))));
        Assert.Equal((ErrorKind.StoreUnavailable, false), (wrong.Kind, wrong.IsTransient));
        Assert.Contains("refused this account or its password", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("PGPASSFILE", wrong.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("battery", wrong.ToString(), StringComparison.Ordinal);
        KmsException plain = await Assert.ThrowsAsync<KmsException>(async () => await OpenAsync("localhost", ("kmsps.postgres.ssl.mode", "disable"), ("kmsps.postgres.password.file", Secret(Password))));
        Assert.Contains("refused this account", plain.Message, StringComparison.Ordinal);
    }

    private ValueTask<IKeyProvider> OpenAsync(string host, params (string Name, string Value)[] properties)
    {
        Assert.SkipUnless(PostgresServer.IsHere, "PostgreSQL is not installed here (initdb, pg_ctl and psql were not found).");
        ProviderContext context = PostgresStores.Context([("kmsps.store.key.file", _directory.File("store.key")), .. properties]) with
        {
            Environment = name => properties.FirstOrDefault(pair => pair.Name == name).Value,
        };
        return new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse(string.Create(CultureInfo.InvariantCulture, $"postgres://kms@{host}:{_server.Port}/{_database}")), context, Stop);
    }

    private string Secret(string password)
    {
        string file = _directory.File(Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, password + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return file;
    }

    private void MakeCertificates(string certificate, string key)
    {
        using X509Certificate2 authority = MakeAuthority("CN=authority");
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", pair, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(key, pair.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(name, pair, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
