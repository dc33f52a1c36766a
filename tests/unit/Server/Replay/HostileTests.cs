using System.Globalization;
using System.Text;
using System.Text.Json;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Server.Replay;

/// <summary>Requests that no client sends: none may end the server, none may be answered by a defect of ours.</summary>
public sealed class HostileTests
{
    private static readonly string[] Names = ["k1", "..", ".", "/", "a/b", "@", "k1@0", "%2e%2e", "%00", "%", "%zz", "%ff%fe", "%ed%a0%80", "%E2%80%AE", "%0d%0aX:y", "%01", ";a=b", "k1;x", "+", "%20", "~", new string('a', 300), "", "_eek", "_metadata", "%5Fmetadata", "é%C3%A9"];
    private static readonly string[] Roots = ["/kms/v1/", "/kms/v1", "/kms/", "/kms", "//kms/v1/", "/KMS/v1/", "/kms/v1/../v1/", "/kms//v1/", "http://x/kms/v1/", "/"];
    private static readonly string[] Resources = ["key/", "key", "keys", "keys/names", "keys/metadata", "keyversion/", "keyversion", "trustee/key/", "api/status", ""];
    private static readonly string[] Suffixes = ["", "/", "/_eek", "/_metadata", "/_currentversion", "/_versions", "/_reencryptbatch", "/_invalidatecache", "/_dek", "/_bogus", "//", ";a"];
    private static readonly string[] Methods = ["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW", "get"];
    private static readonly string[] Types = ["", "Content-Type: application/json\r\n", "Content-Type: text/plain\r\n", "Content-Type: \r\n", "Content-Type: application/json; charset=utf-16\r\n", "Content-Type: ;;;\r\n", "Content-Type: application/json\r\nAccept: nothing/here\r\n"];
    private static readonly string[] Queries = ["", "&eek_op=generate", "&eek_op=decrypt", "&eek_op=reencrypt", "&eek_op=generate&num_keys=-1", "&eek_op=generate&num_keys=0", "&eek_op=generate&num_keys=1000000000", "&eek_op=generate&num_keys=2147483648", "&eek_op=generate&num_keys=x", "&eek_op=generate&num_keys=%", "&eek_op", "&=", "&&&", "&key=&key=%ff&key=" , "&trusteeOp=purge", "&trusteeOp=x", "?x=?"];
    private static readonly string[] Values = ["null", "true", "0", "-1", "1e9", "128", "99999999999", "128.0", "\"\"", "\"k1\"", "\"k1@0\"", "\"EEK\"", "\"AAECAwQFBgcICQoLDA0ODw==\"", "\"====\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\u202e\"", "[]", "{}", "[null]", "[{}]", "[[[[[[[[[[[]]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}"];
    private static readonly string[] Members = ["name", "cipher", "length", "description", "attributes", "material", "iv", "versionName", "encryptedKeyVersion", "", "\\u006eame"];

    [Fact]
    public async Task No_generated_request_is_answered_by_a_defect()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("KMSPS_HOSTILE_REQUESTS"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 3000;
        await using ReplayHost host = await StartAsync();
        List<string> failures = [];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (number, cancellationToken) =>
        {
            // Each request is made of its own number: a failure can be sent again.
            (string method, byte[] request) = Make(new Dice((uint)number));
            RawHttp.Reply answer = await RawHttp.SendAsync(host.Url, request, method == "HEAD", cancellationToken);
            if (!IsExpected(method, answer))
            {
                lock (failures)
                {
                    failures.Add($"{number}: {Encoding.Latin1.GetString(request, 0, Math.Min(request.Length, 300))}\n=> {answer.Status} {answer.Body}");
                }
            }
        });

        Assert.True(failures.Count == 0, string.Join("\n\n", failures.Take(10)));
        Assert.DoesNotContain(host.Log.Lines, static line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/kms/v1/keys", 10 * 1024 * 1024, 413)]
    [InlineData("/kms/v1/key/k1/_reencryptbatch", 10 * 1024 * 1024, 413)]
    [InlineData("/kms/v1/key/k1/_reencryptbatch", 2 * 1024 * 1024, 200)]
    public async Task A_large_body_meets_the_limit_of_its_route(string path, int size, int status)
    {
        await using ReplayHost host = await StartAsync();
        byte[] body = new byte[size];
        body.AsSpan().Fill((byte)' ');
        "[]"u8.CopyTo(body);
        RawHttp.Reply answer = await RawHttp.SendAsync(host.Url, Request("POST", path, body), isHead: false, TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.Status);
        if (status == 413)
        {
            Assert.Equal("java.lang.IllegalArgumentException", JsonDocument.Parse(answer.Body).RootElement.GetProperty("RemoteException").GetProperty("javaClassName").GetString());
        }
    }

    [Theory]
    [InlineData("{\"name\": \"a\\u0000b\"}", "NUL")]
    [InlineData("{\"name\": \"\\ud800\"}", "surrogate")]
    [InlineData("{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":1}}}}}}}}}", "not valid JSON")]
    [InlineData("{\"name\": \"tr", "not valid JSON")]
    public async Task A_bad_body_is_refused_with_a_reason_and_written_down(string json, string said)
    {
        await using ReplayHost host = await StartAsync();
        RawHttp.Reply answer = await RawHttp.SendAsync(host.Url, Request("POST", "/kms/v1/keys", Encoding.UTF8.GetBytes(json)), isHead: false, TestContext.Current.CancellationToken);
        string message = JsonDocument.Parse(answer.Body).RootElement.GetProperty("RemoteException").GetProperty("message").GetString()!;
        Assert.Equal(400, answer.Status);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Single(host.Audit.Events, static each => each.Outcome == KmsPS.Engine.Audit.AuditOutcome.Error).Message);
    }

    // A stock server answers these with 500; anything else of that kind is a defect.
    private static bool IsExpected(string method, RawHttp.Reply answer) => answer.Status < 500
        || method == "HEAD"
        || (answer.Status == 500 && !answer.Body.Contains("Internal error", StringComparison.Ordinal) && answer.Body.Contains("java.io.IOException", StringComparison.Ordinal));

    private static (string Method, byte[] Bytes) Make(Dice dice)
    {
        string method = dice.Of(Methods);
        string target = dice.Of(Roots) + dice.Of(Resources) + dice.Of(Names) + dice.Of(Suffixes) + "?user.name=alice" + dice.Of(Queries);
        byte[] body = dice.Next(3) == 0 ? [] : Encoding.UTF8.GetBytes(Body(dice));
        string length = dice.Next(8) == 0 && body.Length == 0 ? "" : $"Content-Length: {body.Length}\r\n";
        return (method, [.. Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{dice.Of(Types)}{length}\r\n"), .. body]);
    }

    private static string Body(Dice dice)
    {
        string json = "{" + string.Join(',', Enumerable.Range(0, dice.Next(5)).Select(_ => $"\"{dice.Of(Members)}\":{dice.Of(Values)}")) + "}";
        return dice.Next(6) switch
        {
            0 => json[..dice.Next(json.Length)],
            1 => $"[{json},{json}]",
            2 => "\uFEFF" + json + "tail",
            3 => dice.Of(Values),
            _ => json,
        };
    }

    private static byte[] Request(string method, string path, byte[] body) =>
        [.. Encoding.ASCII.GetBytes($"{method} {path}?user.name=alice HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    private static async Task<ReplayHost> StartAsync()
    {
        ReplayHost host = await ReplayHost.StartAsync(new MemoryKeyProvider(), FixedAcl.Open);
        RawHttp.Reply made = await RawHttp.SendAsync(host.Url, Request("POST", "/kms/v1/keys", "{\"name\":\"k1\"}"u8.ToArray()), isHead: false, TestContext.Current.CancellationToken);
        Assert.Equal(201, made.Status);
        return host;
    }

    // SplitMix64: numbers that follow from the seed on every machine.
    private sealed class Dice(ulong seed)
    {
        private ulong _state = seed;

        public int Next(int below)
        {
            ulong mixed = unchecked(_state += 0x9E3779B97F4A7C15UL);
            mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL);
            mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL);
            return (int)((mixed ^ (mixed >> 31)) % (ulong)Math.Max(below, 1));
        }

        public string Of(string[] choices) => choices[Next(choices.Length)];
    }
}
