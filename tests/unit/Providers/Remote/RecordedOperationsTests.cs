using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>
/// Every call that a stock client was recorded with is made by ours, against the recorded answers: the requests must mean the same and the
/// outcome must be the same. What differs on purpose is subtracted in <see cref="Expected"/>, and nowhere else.
/// </summary>
public sealed class RecordedOperationsTests
{
    private static readonly string[] LocalOnly = ["open", "close", "service", "sleep", "flush", "drain", "warmUp"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Calls()
    {
        TheoryData<int, string> calls = [];
        foreach ((int index, RecordedCall call) in Recording.Of("java-operations").Index())
        {
            if (!LocalOnly.Contains(call.Operation))
            {
                calls.Add(index, call.ToString());
            }
        }

        return calls;
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Our_requests_and_outcomes_are_those_of_the_stock_client(int index, string title)
    {
        Assert.NotEmpty(title);
        RecordedCall call = Recording.Of("java-operations")[index];
        RecordedExchange[] expected = [.. Expected(call)];
        await using ScriptedServer server = new ScriptedServer().Then(expected.Select(static exchange => exchange.Reply));
        await using RemoteKms kms = new(ProviderUri.Parse(server.Uri), new RemoteOptions { Credential = new SimpleCredential("alice") });
        string outcome;
        try
        {
            outcome = await OutcomeAsync(kms, call);
        }
        catch (KmsException failure)
        {
            outcome = "error " + failure.Kind;
            Assert.True(failure.Kind != ErrorKind.ServerError, failure.Message);
            Assert.Contains(server.Seen.Count == 0 ? "" : failure.Message, call.Outcome.ToString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Equal(Told(call), outcome);
        Assert.Equal(expected.Select(exchange => Meaning(exchange.Request, plusIsBlank: true)), server.Seen.Select(static seen => Meaning(seen, plusIsBlank: false)));
        Assert.All(server.Seen, static seen => Assert.Equal("no-cache", seen.Headers["Cache-Control"]));
        Assert.All(server.Seen, static seen => Assert.False(seen.Headers.ContainsKey("Transfer-Encoding") || seen.Headers.ContainsKey("Expect"), "never chunked, never Expect"));
    }

    [Fact]
    public void The_recording_covers_every_operation() => Assert.Equal(
        ["create", "current", "decrypt", "delete", "generate", "invalidateCache", "keysMetadata", "metadata", "names", "reencrypt", "reencryptBatch", "roll", "version", "versions"],
        Recording.Of("java-operations").Select(static call => call.Operation).Except(LocalOnly).Order(StringComparer.Ordinal));

    // Deliberate differences: with one server nobody else has to forget after a roll or a deletion; a definite refusal is asked for once; data
    // keys are asked for as they are needed, not 150 in advance; what only sits in a stock client's queue makes no request at all there.
    private static IEnumerable<RecordedExchange> Expected(RecordedCall call) => call.Operation switch
    {
        "roll" or "delete" => call.Asked.Take(1),
        _ when call.Failed => call.Asked.Take(1),
        "generate" => Recording.Of("java-operations").First(static other => other.Operation == "generate").Asked.Take(1).Select(static exchange => Recording.Whole(exchange, 150)),
        "reencryptBatch" => call.Asked.Select(exchange => Recording.Whole(exchange, call.Call.GetProperty("items").GetArrayLength())),
        _ => call.Asked,
    };

    private static string Meaning(SeenRequest request, bool plusIsBlank)
    {
        string path = Uri.UnescapeDataString(plusIsBlank ? request.Path.Replace('+', ' ') : request.Path);
        IEnumerable<string> query = request.Query(plusIsBlank).Where(static part => part != "user.name=alice").Select(static part => part.StartsWith("num_keys=", StringComparison.Ordinal) ? "num_keys=N" : part);
        string body = request.Body.Length == 0 ? "" : Sorted(JsonNode.Parse(request.Body)!, isBatch: path.EndsWith("_reencryptbatch", StringComparison.Ordinal)).ToJsonString();
        bool needsType = request.Body.Length > 0;
        return $"{request.Method} {path} ? {string.Join(" & ", path.EndsWith("keys/metadata", StringComparison.Ordinal) ? query : query.Order(StringComparer.Ordinal))} {body} {(needsType ? request.Headers["Content-Type"] : "")}";
    }

    private static JsonNode Sorted(JsonNode node, bool isBatch, bool isBase64 = false) => node switch
    {
        JsonObject members => new JsonObject(members.Where(static member => member is not { Key: "attributes", Value: JsonObject { Count: 0 } }).OrderBy(static member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, member.Value is { } value && !(isBatch && member is { Key: "name" }) ? Sorted(value, isBatch, member.Key is "iv" or "material") : null))),
        JsonArray array => new JsonArray([.. array.Select(element => Sorted(element!, isBatch))]),
        JsonValue value when value.TryGetValue(out string? text) && isBase64 => JsonValue.Create(text.Replace('+', '-').Replace('/', '_').TrimEnd('=')), // Both alphabets are everybody's.
        _ => node.DeepClone(),
    };

    private static string Told(RecordedCall call)
    {
        JsonElement outcome = call.Outcome;
        if (call.Failed)
        {
            // A stock client's own slip: it hands the caller a null list. And what it says of a request that never left.
            return call.Operation == "versions" ? "versions" : "error " + KindOf(call);
        }

        return call.Operation switch
        {
            "names" => "names " + string.Join(',', outcome.GetProperty("names").EnumerateArray()),
            "create" or "roll" or "current" or "version" => Version(outcome.GetProperty("version")),
            "versions" => "versions" + string.Concat(outcome.GetProperty("versions").EnumerateArray().Select(static version => " " + Version(version))),
            "metadata" => outcome.GetProperty("metadata") is { ValueKind: JsonValueKind.Object } found
                ? $"{found.GetProperty("cipher")} {found.GetProperty("bitLength")} {found.GetProperty("versions")} {found.GetProperty("created")} {found.GetProperty("description").GetString()} {string.Join(',', found.GetProperty("attributes").EnumerateObject().Select(static pair => pair.Name + "=" + pair.Value).Order(StringComparer.Ordinal))}"
                : "none",
            "keysMetadata" => string.Join(',', outcome.GetProperty("present").EnumerateArray().Select(static present => present.GetBoolean())),
            "generate" => Eek(Recording.Of("java-operations").First(static other => other.Operation == "generate").Outcome.GetProperty("eek")),
            "reencrypt" => Eek(outcome.GetProperty("eek")),
            "reencryptBatch" => string.Join(' ', outcome.GetProperty("items").EnumerateArray().Select(Eek)),
            "decrypt" => outcome.GetProperty("dek").GetProperty("material").GetString()!,
            _ => "done",
        };
    }

    private static ErrorKind KindOf(RecordedCall call) => call.Outcome.GetProperty("error")[0].GetProperty("message").GetString()! switch
    {
        var text when text.Contains("already exists", StringComparison.Ordinal) => ErrorKind.KeyAlreadyExists,
        var text when text.Contains("Wrong keysize", StringComparison.Ordinal) => ErrorKind.LengthInvalid,
        var text when text.Contains("Wrong key length", StringComparison.Ordinal) => ErrorKind.MaterialLengthInvalid,
        var text when text.Contains("Wrong IV length", StringComparison.Ordinal) => ErrorKind.CryptoFailed,
        var text when text.Contains("cannot be empty", StringComparison.Ordinal) => ErrorKind.KeyNameInvalid,
        var text when text.StartsWith("All EncryptedKey", StringComparison.Ordinal) => ErrorKind.InvalidRequest,
        var text when text.Contains("' not found", StringComparison.Ordinal) => ErrorKind.KeyVersionNotFound,
        var text when text.Contains("does not belong", StringComparison.Ordinal) => ErrorKind.KeyVersionMismatch,
        var text when text.Contains("is unsupported", StringComparison.Ordinal) || text.Contains("are unsupported", StringComparison.Ordinal) => ErrorKind.KeyNameInvalid,
        var text when text.Contains("does not exist", StringComparison.Ordinal) || text.Contains("Can't find Metadata", StringComparison.Ordinal) || text.Contains("No KeyVersion exists", StringComparison.Ordinal) => ErrorKind.KeyNotFound,
        var text => throw new InvalidDataException($"{call}: {text}"),
    };

    private static string Version(JsonElement version) => version.ValueKind == JsonValueKind.Null
        ? "none"
        : $"{version.GetProperty("name")} {version.GetProperty("versionName")} {version.GetProperty("material").GetString()}";

    private static string Eek(JsonElement eek) =>
        $"{eek.GetProperty("key")} {eek.GetProperty("version")} {eek.GetProperty("iv")} {eek.GetProperty("encryptedKeyVersion").GetProperty("material")}";

    private static async Task<string> OutcomeAsync(RemoteKms kms, RecordedCall call)
    {
        switch (call.Operation)
        {
            case "names":
                // The names alone: the descriptions are requests of their own.
                using (KmsRestClient client = new(KmsAddress.Parse(kms.Provider), new RemoteOptions { Credential = new SimpleCredential("alice") }))
                {
                    return "names " + string.Join(',', await client.NamesAsync(Stop));
                }

            case "create":
                return await VersionAsync(kms.CreateKeyAsync(NewKeyOf(call.Call), Stop).AsTask());
            case "roll":
                using (SecretBytes? material = Material(call.Call))
                {
                    return await VersionAsync(kms.RollNewVersionAsync(new RollRequest(KeyName.Parse(call.Name), material), Stop).AsTask());
                }

            case "current":
                return await VersionAsync(kms.GetCurrentKeyAsync(KeyName.Parse(call.Name), Stop));
            case "version":
                return await VersionAsync(kms.GetKeyVersionAsync(KeyVersionName.Parse(call.Name), Stop));
            case "versions":
                using (KeyVersionList versions = await kms.GetKeyVersionsAsync(KeyName.Parse(call.Name), Stop))
                {
                    return "versions" + string.Concat(versions.Versions.Select(static version => " " + Show(version)));
                }

            case "metadata":
                return await kms.GetMetadataAsync(KeyName.Parse(call.Name), Stop) is { } found
                    ? $"{found.Cipher} {found.BitLength} {found.Versions} {found.Created.ToUnixTimeMilliseconds()} {found.Description} {string.Join(',', found.Attributes.Select(static pair => pair.Key + "=" + pair.Value).Order(StringComparer.Ordinal))}"
                    : "none";
            case "keysMetadata":
                KeyName[] names = [.. call.Call.GetProperty("names").EnumerateArray().Select(static name => KeyName.Parse(name.GetString()!))];
                return string.Join(',', (await kms.GetKeysMetadataAsync(names, Stop)).Select(static found => found is not null));
            case "generate":
                return Show((await kms.GenerateEekAsync(new GenerateRequest(KeyName.Parse(call.Name), 150), Stop))![0]);
            case "decrypt":
                using (SecretBytes dek = await kms.DecryptEekAsync(EekOf(call.Call), Stop))
                {
                    return Hex(dek);
                }

            case "reencrypt":
                return Show(await kms.ReencryptEekAsync(EekOf(call.Call), Stop));
            case "reencryptBatch":
                EncryptedKeyVersion[] eeks = [.. call.Call.GetProperty("items").EnumerateArray().Select(EekOf)];
                return string.Join(' ', (await kms.ReencryptEekBatchAsync(new ReencryptBatchRequest(KeyName.Parse("k1"), eeks), Stop)).Select(Show));
            case "delete":
                await kms.DeleteKeyAsync(KeyName.Parse(call.Name), Stop);
                return "done";
            case "invalidateCache":
                await kms.InvalidateCacheAsync(KeyName.Parse(call.Name), Stop);
                return "done";
            default:
                throw new InvalidDataException(call.Operation);
        }
    }

    private static NewKey NewKeyOf(JsonElement call)
    {
        Dictionary<string, string> attributes = call.TryGetProperty("attributes", out JsonElement given) ? given.EnumerateObject().ToDictionary(static pair => pair.Name, static pair => pair.Value.GetString()!) : [];
        return new NewKey(
            KeyName.Parse(call.GetProperty("name").GetString()!),
            CipherName.Default,
            call.TryGetProperty("bits", out JsonElement bits) ? bits.GetInt32() : NewKey.DefaultBitLength,
            call.TryGetProperty("description", out JsonElement description) ? description.GetString() : null,
            attributes.ToFrozenDictionary(),
            Material(call));
    }

    private static SecretBytes? Material(JsonElement call) =>
        call.TryGetProperty("material", out JsonElement material) ? SecretBytes.CopyOf(Convert.FromHexString(material.GetString()!)) : null;

    private static EncryptedKeyVersion EekOf(JsonElement call) => new(
        KeyName.Parse(call.GetProperty("key").GetString()!),
        KeyVersionName.Parse(call.GetProperty("version").GetString()!),
        Convert.FromHexString(call.GetProperty("iv").GetString()!),
        Convert.FromHexString(call.GetProperty("eek").GetString()!));

    private static async Task<string> VersionAsync(ValueTask<KeyVersion?> asked)
    {
        using KeyVersion? version = await asked;
        return version is null ? "none" : Show(version);
    }

    private static async Task<string> VersionAsync(Task<KeyVersion> asked)
    {
        using KeyVersion version = await asked;
        return Show(version);
    }

    private static string Show(KeyVersion version) => $"{version.Key} {version.Name.Value} {(version.Material is { } material ? Hex(material) : "")}";

    private static string Show(EncryptedKeyVersion eek) => $"{eek.Key} {eek.Version} {Hex(eek.Iv)} {Hex(eek.EncryptedMaterial)}";

    private static string Hex(SecretBytes secret)
    {
        using SecretLease lease = secret.Open();
        return Convert.ToHexStringLower(lease.Span);
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);
}
