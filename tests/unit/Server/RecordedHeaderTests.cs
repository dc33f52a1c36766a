using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Server;

namespace KmsPS.Tests.Server;

/// <summary>Headers that the configuration adds, and how large a head may be, against what a real server answered.</summary>
public sealed class RecordedHeaderTests
{
    private static readonly string[] Compared = ["X-Core", "x-lower", "X-Unicode", "Strict-Transport-Security", "Server", "Cache-Control", "X-XSS-Protection", "X-FRAME-OPTIONS", "X-Custom", "X-Empty"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configured_headers_are_on_every_answer_as_recorded()
    {
        string folder = Vectors.Path("recorded", "auth", "headers");
        await using RunningServer server = await RunningServer.StartAsync(Path.Combine(folder, "conf"), "http", Stop);
        string[] asked = ["ok", "denied", "nobody", "options", "token"];
        int compared = 0;
        foreach (JsonElement exchange in (await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), Stop)).Select(static line => JsonDocument.Parse(line).RootElement))
        {
            string id = exchange.GetProperty("id").GetString()!;
            if (!asked.Contains(id))
            {
                continue;
            }

            JsonElement request = exchange.GetProperty("request");
            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, request.GetProperty("method").GetString()!, request.GetProperty("target").GetString()!, [], [], Stop);
            Assert.Equal(exchange.GetProperty("response").GetProperty("status").GetInt32(), reply.Status);
            (string Name, string Value)[] recorded = [.. exchange.GetProperty("response").GetProperty("headers").EnumerateArray().Select(static each => (each[0].GetString()!, each[1].GetString()!.Trim()))];
            foreach (string name in Compared)
            {
                Assert.Equal($"{id} {name}: {Values(recorded, name)}", $"{id} {name}: {Values(reply.Headers, name)}");
            }

            Assert.DoesNotContain("odd", reply.Header("Content-Type") ?? "", StringComparison.Ordinal);
            compared++;
        }

        Assert.Equal(asked.Length, compared);
    }

    [Fact]
    public async Task The_head_of_a_request_may_be_as_large_as_recorded()
    {
        await using RunningServer server = await RunningServer.StartAsync(Path.Combine(Vectors.Path("recorded", "auth", "header-sizes"), "conf"), "http", Stop);
        int compared = 0;
        foreach (string line in await File.ReadAllLinesAsync(Vectors.Path("recorded", "auth", "header-sizes", "exchanges.jsonl"), Stop))
        {
            JsonElement fact = JsonDocument.Parse(line).RootElement.GetProperty("fact");
            if (!fact.TryGetProperty("requestHeadBytes", out JsonElement size))
            {
                continue;
            }

            string head = Head(fact.GetProperty("where").GetString()!, size.GetInt32());
            Assert.Equal(size.GetInt32(), head.Length);
            string status = $"HTTP/1.1 {fact.GetProperty("status").GetInt32()} {fact.GetProperty("reason").GetString()}";
            Assert.Equal($"{size} {status}", $"{size} {await StatusLineAsync(server.Url, head)}");
            compared++;
        }

        Assert.True(compared > 20, $"Only {compared} heads were sent");
    }

    [Fact]
    public async Task Strict_transport_security_is_an_option_of_tls_alone()
    {
        DirectoryInfo conf = Directory.CreateTempSubdirectory("kmsps-test-");
        await File.WriteAllTextAsync(Path.Combine(conf.FullName, "kms-site.xml"), "<configuration><property><name>kmsps.http.hsts.seconds</name><value>600</value></property></configuration>", Stop);
        await using (RunningServer plain = await RunningServer.StartAsync(conf.FullName, "http", Stop))
        {
            Assert.Null((await RawHttp.SendAsync(plain.Url, "GET", "/health/live", [], [], Stop)).Header("Strict-Transport-Security"));
        }

        await using (RunningServer tls = await RunningServer.StartAsync(conf.FullName, "https", Stop))
        {
            using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
            using HttpClient client = new(handler);
            using HttpResponseMessage answer = await client.GetAsync(new Uri(tls.Url, "/kms/v1/keys/names"), Stop);
            Assert.Equal(["max-age=600"], answer.Headers.GetValues("Strict-Transport-Security"));
        }

        conf.Delete(recursive: true);
    }

    [Fact]
    public void A_header_that_says_where_an_answer_ends_is_refused()
    {
        KmsSettings settings = new() { Http = new HttpSettings { Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["content-length"] = "1" } } };
        Assert.Contains("where an answer ends", Assert.Throws<ConfigurationException>(() => ExtraHeaders.From(settings)).Message, StringComparison.Ordinal);
        Assert.Null(ExtraHeaders.From(new KmsSettings()));
    }

    private static string Values(IEnumerable<(string Name, string Value)> headers, string name) =>
        string.Join(" | ", headers.Where(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static each => each.Value));

    private static string Head(string where, int size)
    {
        const string Path = "/kms/v1/key/absent/_metadata?user.name=alice";
        const string Fixed = "Host: localhost\r\nConnection: close\r\n";
        string line = $"GET {Path} HTTP/1.1\r\n";
        int left = size - line.Length - Fixed.Length - 2;
        switch (where)
        {
            case "query":
                return $"GET {Path}&{new string('q', left - 1)} HTTP/1.1\r\n{Fixed}\r\n";
            case "header" or "cookie":
                string name = where == "header" ? "X-Pad: " : "Cookie: ";
                return $"{line}{Fixed}{name}{new string('c', left - name.Length - 2)}\r\n\r\n";
            default:
                StringBuilder many = new();
                for (int i = 0; left - many.Length > 200; i++)
                {
                    many.Append(CultureInfo.InvariantCulture, $"X-Pad-{i:D4}: {new string('m', 86)}\r\n");
                }

                many.Append("X-Pad: ");
                many.Append('m', left - many.Length - "\r\n".Length).Append("\r\n");
                return $"{line}{Fixed}{many}\r\n";
        }
    }

    private static async Task<string> StatusLineAsync(Uri server, string head)
    {
        using TcpClient client = new();
        await client.ConnectAsync(server.Host, server.Port, Stop);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Stop);
        using StreamReader reader = new(stream, Encoding.Latin1);
        return await reader.ReadLineAsync(Stop) ?? "";
    }
}
