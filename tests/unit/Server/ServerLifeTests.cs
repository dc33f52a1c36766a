using System.Net;
using System.Text.Json;
using KmsPS.Engine.Errors;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

public sealed class ServerLifeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_ready_over_TLS_says_who_it_is_and_cleans_up_behind_itself()
    {
        string state;
        await using (RunningServer server = await RunningServer.StartAsync(null, "https", Stop))
        {
            state = Path.Combine(Path.GetDirectoryName(server.DataDirectory)!, "run", "test.json");
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(state, Stop));
            Assert.Equal(["name", "pid", "processStartTime", "urls", "version", "configHash", "thumbprint", "logPath", "dataDir"], json.RootElement.EnumerateObject().Select(static each => each.Name));
            string thumbprint = json.RootElement.GetProperty("thumbprint").GetString()!;
            using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256) == thumbprint };
            using HttpClient client = new(handler);
            Assert.Equal("ready\n", await client.GetStringAsync(new Uri(server.Url, "/health/ready"), Stop));
            Assert.Equal("live\n", await client.GetStringAsync(new Uri(server.Url, "/health/live"), Stop));
            using HttpResponseMessage nobody = await client.GetAsync(new Uri(server.Url, "/kms/v1/keys/names"), Stop);
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.DataDirectory, "tls", "server.pem")));
            }
        }

        Assert.False(File.Exists(state));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using RunningServer first = await RunningServer.StartAsync(null, "http", Stop);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kmsps-test-");
        ServerOptions options = new("second", null, folder.FullName, folder.FullName, [ListenUrl.Parse(first.Url.ToString())], new HashSet<ServerRole> { ServerRole.Kms }, IsDetached: true);
        await using (KmsServer second = new(options, TimeProvider.System))
        {
            ConfigurationException refused = await Assert.ThrowsAsync<ConfigurationException>(second.RunAsync);
            Assert.Contains($"{first.Url.Port}", refused.Message, StringComparison.Ordinal);
            Assert.Contains("--listen", Failure.Sentence(refused), StringComparison.Ordinal);
        }

        folder.Delete(recursive: true);
    }
}
