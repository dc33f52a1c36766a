using System.Text;
using System.Text.Json;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server;

/// <summary>Which settings make the secret of cookies known, and which bytes it is: a cookie that is signed with them is believed.</summary>
public sealed class RecordedSecretTests
{
    private const string Auth = "hadoop.kms.authentication.";

    private static readonly Dictionary<string, byte[]> Files = new()
    {
        ["secret"] = "cookie-secret\n"u8.ToArray(),
        ["empty"] = [],
        ["utf8"] = Encoding.UTF8.GetBytes("schlüssel-ß\n"),
        ["binary"] = [0x01, 0xFF, 0x41, 0xC3, 0x28, 0x00, 0x7F],
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Facts => [.. File.ReadLines(Vectors.Path("recorded", "auth", "secret-providers", "facts.jsonl")).Select(static line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Facts))]
    public async Task The_secret_is_the_recorded_one(string id)
    {
        JsonElement fact = File.ReadLines(Vectors.Path("recorded", "auth", "secret-providers", "facts.jsonl")).Select(static line => JsonSerializer.Deserialize<JsonElement>(line)).Single(each => each.GetProperty("id").GetString() == id);
        using TemporaryDirectory conf = new();
        Write(conf, fact.GetProperty("settings"));
        bool starts = fact.GetProperty("starts").GetBoolean();
        if (!starts)
        {
            await Assert.ThrowsAsync<ConfigurationException>(async () => await RunningServer.StartAsync(Path.GetDirectoryName(conf.File("x")), "http", Stop));
            return;
        }

        await using RunningServer server = await RunningServer.StartAsync(Path.GetDirectoryName(conf.File("x")), "http", Stop);
        byte[]? known = id switch
        {
            "file" => Files["secret"],
            "file-utf8" => Files["utf8"],
            "file-binary" => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Files["binary"])),
            _ => null,
        };
        Assert.Equal(known is not null, fact.GetProperty("cookieSignedWith").ValueKind == JsonValueKind.Array);
        foreach (byte[] secret in Files.Values.Append(known ?? []).Where(static each => each.Length > 0))
        {
            int status = await StatusAsync(server, secret);
            Assert.Equal(known is not null && secret.AsSpan().SequenceEqual(known) ? 200 : 401, status);
        }
    }

    private static void Write(TemporaryDirectory conf, JsonElement settings)
    {
        Dictionary<string, string> properties = new() { [Auth + "type"] = "simple", [Auth + "signer.secret.provider"] = "file", [Auth + "signature.secret.file"] = "{conf}/secret" };
        foreach (JsonProperty changed in settings.EnumerateObject())
        {
            properties.Remove(changed.Name);
            if (changed.Value.GetString() is { } value)
            {
                properties[changed.Name] = value;
            }
        }

        foreach ((string name, byte[] content) in Files)
        {
            File.WriteAllBytes(conf.File(name), content);
        }

        string folder = Path.GetDirectoryName(conf.File("x"))!;
        File.WriteAllText(conf.File("kms-site.xml"), $"<configuration>{string.Concat(properties.Select(each => $"<property><name>{each.Key}</name><value>{each.Value.Replace("{conf}", folder, StringComparison.Ordinal)}</value></property>"))}</configuration>");
    }

    private static async Task<int> StatusAsync(RunningServer server, byte[] secret)
    {
        using SecretBytes key = SecretBytes.CopyOf(secret);
        string cookie = SignedCookie.Sign($"u=alice&p=alice&t=simple-dt&e={DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds()}", key);
        return (await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/key/absent/_metadata", [("Cookie", $"hadoop.auth=\"{cookie}\"")], [], Stop)).Status;
    }
}
