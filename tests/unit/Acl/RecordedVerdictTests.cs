using System.Text;
using System.Text.Json;
using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Wire;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Acl;

/// <summary>What a real server answered to 492 requests under each of 88 random files: status and message must agree.</summary>
public sealed class RecordedVerdictTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("random", true, 39_360)]
    [InlineData("random-key-authorization-off", false, 3_936)]
    public async Task Every_recorded_verdict_holds(string folder, bool keyAuthorization, int expected)
    {
        using JsonDocument asked = JsonDocument.Parse(await File.ReadAllBytesAsync(Vectors.Path("recorded", "acls", folder, "requests.json"), Stop));
        string[] messages = JsonSerializer.Deserialize<string[]>(await File.ReadAllBytesAsync(Vectors.Path("recorded", "acls", folder, "messages.json"), Stop))!;
        Dictionary<string, Call> users = asked.RootElement.GetProperty("users").EnumerateObject().ToDictionary(
            static user => user.Name,
            static user => new Call(new Caller(user.Name, user.Name, AuthenticationMethod.Simple, NameSet.Of(user.Value.EnumerateArray().Select(static group => group.GetString()!))), CallOrigin.Embedded("test")));
        MemoryKeyProvider store = new();
        foreach (JsonProperty key in asked.RootElement.GetProperty("keys").EnumerateObject())
        {
            NewKey made = NewKey.Default(KeyName.Parse(key.Name));
            string aclName = key.Value.GetString() ?? key.Name;
            (await store.CreateAsync(made with { Attributes = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create(KeyMetadata.AclNameAttribute, aclName)]) }, Stop)).Dispose();
        }

        RecordedRequest[] requests = [.. asked.RootElement.GetProperty("requests").EnumerateArray().Select(RecordedRequest.Read)];
        int verdicts = 0;
        List<string> wrong = [];
        foreach (string line in await File.ReadAllLinesAsync(Vectors.Path("recorded", "acls", folder, "configs.jsonl"), Stop))
        {
            using JsonDocument config = JsonDocument.Parse(line);
            AclFile file = AclParser.Parse(Encoding.UTF8.GetBytes(config.RootElement.GetProperty("acls").GetString()!), "kms-acls.xml");
            KmsEngine engine = new(store, new FixedAcl(file.Snapshot), new RecordingAudit(), TimeProvider.System, keyAuthorization);
            int at = 0;
            foreach (JsonElement answer in config.RootElement.GetProperty("answers").EnumerateArray())
            {
                RecordedRequest request = requests[at++];
                string? message = answer.GetArrayLength() > 1 ? messages[answer[1].GetInt32()].Replace("{provider}", store.Uri.Text, StringComparison.Ordinal).TrimEnd() : null;
                string told = await AskAsync(engine, users[request.User], request);

                // Settled deviation: a version is used only under its own key's name, also with key authorisation off.
                string should = !keyAuthorization && request.Id.EndsWith(" ghost", StringComparison.Ordinal) && message?.StartsWith("NullPointerException: Key", StringComparison.Ordinal) == true
                    ? "400 IllegalArgumentException: 'ghost@0' not found"
                    : message is null ? $"{answer[0].GetInt32()}" : $"{answer[0].GetInt32()} {message}";
                verdicts++;
                if (told != should)
                {
                    wrong.Add($"file {config.RootElement.GetProperty("n")}: {request.User} {request.Id}: recorded '{should}', ours '{told}'");
                }
            }
        }

        Assert.Equal(expected, verdicts);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {verdicts} differ:\n{string.Join('\n', wrong.Take(20))}");
    }

    private static async Task<string> AskAsync(KmsEngine engine, Call caller, RecordedRequest request)
    {
        try
        {
            await request.RunAsync(engine, caller, Stop);
            return "200";
        }
        catch (Exception failure)
        {
            RemoteError error = RemoteErrors.Describe(request.Verb, failure);
            return $"{error.Status} {error.Exception}: {error.Message}".TrimEnd();
        }
    }
}
