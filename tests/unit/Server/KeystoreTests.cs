using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;
using KmsPS.Server;
using KmsPS.Tests.Sessions;

namespace KmsPS.Tests.Server;

/// <summary>Keystores that a real <c>keytool</c> made, served, and replaced while the server runs.</summary>
public sealed class KeystoreTests : IDisposable
{
    private const string Password = "secret1";

    private readonly ServerProcesses _servers = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task A_keystore_is_served_as_hadoop_s_variables_name_it_and_a_new_one_replaces_it_without_a_restart()
    {
        string served = _servers.File("server.jks");
        await KeytoolAsync(served, "jks");
        Directory.CreateDirectory(_servers.File("conf"));
        await File.WriteAllTextAsync(
            Path.Combine(_servers.File("conf"), "ssl-server.xml"),
            "<configuration><property><name>ssl.server.truststore.reload.interval</name><value>500</value></property></configuration>",
            Stop);
        (string authority, string first) = await _servers.StartAsync("tls", ["--config-dir", _servers.File("conf")], ("KMS_SSL_KEYSTORE_FILE", served), ("KMS_SSL_KEYSTORE_PASS", Password));
        Assert.Equal(first, await ThumbprintAsync(authority), ignoreCase: true);
        Assert.Equal(Leaf(served), first, ignoreCase: true);

        // keytool writes PKCS#12 under any name: the content tells what it is.
        string next = _servers.File("next");
        await KeytoolAsync(next, "pkcs12");
        File.Move(next, served, overwrite: true);
        string second = Leaf(served);
        await WaitAsync(async () => string.Equals(await ThumbprintAsync(authority), second, StringComparison.OrdinalIgnoreCase));

        await File.WriteAllTextAsync(served, "no keystore", Stop);
        string log = Path.Combine(_servers.File("data"), "logs", "kms-server-tls.log");
        await WaitAsync(async () => (await File.ReadAllTextAsync(log, Stop)).Contains("cannot be used; the old one stays in use", StringComparison.Ordinal));
        Assert.Equal(second, await ThumbprintAsync(authority), ignoreCase: true);
    }

    [Fact]
    public async Task A_private_key_in_a_jceks_file_and_a_wrong_password_are_refused_with_what_to_do()
    {
        string path = _servers.File("server.jceks");
        await KeytoolAsync(path, "jceks");
        Assert.Contains("keytool -importkeystore -deststoretype pkcs12", Refusal(path, Password), StringComparison.Ordinal);
        string jks = _servers.File("server.jks");
        await KeytoolAsync(jks, "jks");
        Assert.Contains("KMS_SSL_KEYSTORE_PASS", Refusal(jks, "other-one"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keystore_that_is_cut_off_or_was_changed_is_refused_at_every_place()
    {
        string jks = _servers.File("server.jks");
        await KeytoolAsync(jks, "jks");
        byte[] whole = await File.ReadAllBytesAsync(jks, Stop);
        string damaged = _servers.File("damaged.jks");
        for (int length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 40))
        {
            await File.WriteAllBytesAsync(damaged, whole[..length], Stop);
            Assert.Contains(damaged, Refusal(damaged, Password), StringComparison.Ordinal);
            byte[] changed = [.. whole];
            changed[length] ^= 1;
            await File.WriteAllBytesAsync(damaged, changed, Stop);
            Assert.DoesNotContain(Password, Refusal(damaged, Password), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_keystore_made_for_another_host_is_served_and_our_client_says_what_is_wrong()
    {
        string served = _servers.File("other.p12");
        await KeytoolAsync(served, "pkcs12", "CN=other.example.com");
        (string authority, _) = await _servers.StartAsync("other", [], ("KMS_SSL_KEYSTORE_FILE", served), ("KMS_SSL_KEYSTORE_PASS", Password));
        await using RemoteKms kms = new(ProviderUri.Parse($"kms://https@{authority}/kms"), new RemoteOptions { Credential = new SimpleCredential("alice"), Trust = ServerTrust.File(served, Password) });
        KmsException refused = await Assert.ThrowsAsync<KmsException>(async () => await kms.ProbeAsync(Stop));
        Assert.Contains("it is for another host name", Failure.Sentence(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hadoop_s_variables_name_a_truststore_too()
    {
        string jks = _servers.File("server.jks");
        await KeytoolAsync(jks, "jks");
        string trusted = _servers.File("trusted.jks");
        await Peers.RunAsync("keytool", ["-exportcert", "-rfc", "-keystore", jks, "-storepass", Password, "-alias", "kms", "-file", trusted + ".pem"], Stop);
        await Peers.RunAsync("keytool", ["-importcert", "-noprompt", "-storetype", "jks", "-keystore", trusted, "-storepass", "trusted1", "-alias", "ca", "-file", trusted + ".pem"], Stop);
        (string, string)[] environment = [("KMS_SSL_KEYSTORE_FILE", jks), ("KMS_SSL_KEYSTORE_PASS", Password), ("KMS_SSL_TRUSTSTORE_FILE", trusted), ("KMS_SSL_TRUSTSTORE_PASS", "trusted1"), ("KMSPS_TLS_CLIENT_AUTH", "required")];
        (string authority, _) = await _servers.StartAsync("trust", [], environment);
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(authority, null));
        using SecretBytes secret = SecretBytes.CopyOf(System.Text.Encoding.UTF8.GetBytes(Password));
        using ServerCertificate own = CertificateFile.Read(jks, secret, null);

        // Java's "keytool -genkeypair" limits a certificate to no use, so the server's own one may be a client's.
        Assert.Equal(System.Net.HttpStatusCode.OK, await AskAsync(authority, SslStreamCertificateContext.Create(own.Leaf, null, offline: true)));
    }

    private static async Task<System.Net.HttpStatusCode> AskAsync(string authority, SslStreamCertificateContext? certificate)
    {
        using HttpClient client = new(new SocketsHttpHandler { SslOptions = { ClientCertificateContext = certificate, RemoteCertificateValidationCallback = LoopbackTrust.Accept } });
        using HttpResponseMessage answer = await client.GetAsync($"https://{authority}/kms/v1/keys/names?user.name=alice", Stop);
        return answer.StatusCode;
    }

    private static string Refusal(string path, string password)
    {
        using SecretBytes secret = SecretBytes.CopyOf(System.Text.Encoding.UTF8.GetBytes(password));
        return Failure.Sentence(Assert.Throws<ConfigurationException>(() => CertificateFile.Read(path, secret, null)));
    }

    private static string Leaf(string path)
    {
        using SecretBytes secret = SecretBytes.CopyOf(System.Text.Encoding.UTF8.GetBytes(Password));
        using ServerCertificate read = CertificateFile.Read(path, secret, null);
        return read.Leaf.GetCertHashString(HashAlgorithmName.SHA256);
    }

    private static async Task<string> ThumbprintAsync(string authority)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", new Uri("https://" + authority).Port, Stop);
        await using SslStream tls = new(client.GetStream());
        string thumbprint = "";
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (thumbprint = certificate!.GetCertHashString(HashAlgorithmName.SHA256)).Length > 0,
            },
            Stop);
        return thumbprint;
    }

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), "It did not happen within ten seconds");
            await Task.Delay(100, Stop);
        }
    }

    private static async Task KeytoolAsync(string path, string type, string name = "CN=localhost")
    {
        ProcessStartInfo start = new(
            "keytool",
            ["-genkeypair", "-storetype", type, "-keystore", path, "-storepass", Password, "-keypass", Password, "-alias", "kms", "-keyalg", "RSA", "-keysize", "2048", "-dname", name, "-validity", "2"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using Process keytool = Process.Start(start)!;
            Task<string> errors = keytool.StandardError.ReadToEndAsync(Stop);
            string output = await keytool.StandardOutput.ReadToEndAsync(Stop);
            await keytool.WaitForExitAsync(Stop);
            Assert.True(keytool.ExitCode == 0, output + await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("keytool of a JDK is not on the path");
        }
    }
}
