using System.Collections.Frozen;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Remote;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>The odd answers that a stock client was recorded with, given to ours. Where ours ends otherwise on purpose, the table says why.</summary>
public sealed class RecordedFaultsTests
{
    private const string Success = "success";

    // Ours against what a stock client makes of it.
    private static readonly FrozenDictionary<string, string> Deliberate = new Dictionary<string, string>
    {
        // A page instead of JSON is no absence of keys: it is an error, and the next try succeeds.
        ["names; the answer: 200 HTML"] = Success,
        ["names; the answer: 200 without a type"] = Success,
        ["names; the answer: 200 text/json"] = Success,
        ["names; the answer: 200 with null"] = Success,
        ["names; the answer: cut in the headers"] = Success,

        // A Java class that we do not know is the server's trouble, and the next try succeeds.
        ["names; the answer: 500 with an envelope of a checked exception"] = Success,

        // What may have been done is not done again, and nobody is followed elsewhere with key material.
        ["create; the answer: closed once"] = nameof(ErrorKind.ServerUnavailable),
        ["create; the answer: closed twice"] = nameof(ErrorKind.ServerUnavailable),
        ["create; the answer: 307"] = nameof(ErrorKind.ServerError),

        // A name is part of a key version: an answer without one belongs to no key.
        ["current version; the answer: name missing"] = nameof(ErrorKind.ServerError),
        ["current version; the answer: a list"] = nameof(ErrorKind.ServerError),

        // Dates before 1970-01-26 are dates.
        ["metadata; the answer: created small"] = Success,

        // What a name comes with is enough to show it.
        ["metadata; the answer: only a name"] = Success,

        // .NET opens up to three fresh connections for a GET whose connection was closed; Java one.
        ["names; the answer: closed four times"] = Success,
    }.ToFrozenDictionary();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Faults()
    {
        TheoryData<int, string> faults = [];
        foreach ((int index, RecordedCall call) in Recording.Of("java-faults").Index())
        {
            if (call.Note.Contains("; the answer: ", StringComparison.Ordinal))
            {
                faults.Add(index, call.Note);
            }
        }

        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_ends_as_with_the_stock_client_or_as_the_table_says(int index, string note)
    {
        RecordedCall call = Recording.Of("java-faults")[index];
        await using ScriptedServer server = new(Healthy);
        using KmsRestClient client = new(KmsAddress.Parse(ProviderUri.Parse(server.Uri)), new RemoteOptions { Credential = new SimpleCredential("alice"), SleepBase = TimeSpan.Zero });
        await client.NamesAsync(Stop); // A connection is at hand, as in the recording.
        Reply[] odd = [.. call.Wire.Where(static exchange => exchange.IsMadeUp).Select(static exchange => exchange.Reply)];
        if (call.Operation is "current" or "metadata")
        {
            server.Otherwise = _ => odd[0]; // What is made of the answer itself, not of the next one.
        }
        else
        {
            server.Then(odd);
        }

        string outcome;
        try
        {
            outcome = await AskAsync(client, call);
        }
        catch (KmsException failure)
        {
            outcome = failure.Kind.ToString();
            Assert.NotEmpty(failure.Message);
        }

        Assert.Equal(Deliberate.GetValueOrDefault(note) ?? Stock(call), outcome);
        Assert.All(server.Seen, seen => Assert.StartsWith("/kms/v1/", seen.Target, StringComparison.Ordinal));
        int creations = server.Seen.Count(static seen => seen.Method == "POST");
        Assert.True(creations <= (note.EndsWith(": 401", StringComparison.Ordinal) ? 2 : 1), $"{creations} times");
    }

    [Fact]
    public void Every_deliberate_difference_is_one_of_the_recorded_faults() =>
        Assert.Empty(Deliberate.Keys.Except(Recording.Of("java-faults").Select(static call => call.Note)));

    private static string Stock(RecordedCall call)
    {
        if (!call.Failed)
        {
            return call.Operation is "current" or "metadata" && call.Outcome.EnumerateObject().First().Value.ValueKind == System.Text.Json.JsonValueKind.Null ? "none" : Success;
        }

        return call.ErrorClass switch
        {
            "org.apache.hadoop.security.authorize.AuthorizationException" => nameof(ErrorKind.AccessDenied),
            "java.lang.IllegalArgumentException" => nameof(ErrorKind.InvalidRequest),
            "java.net.ConnectException" => nameof(ErrorKind.ServerUnavailable),
            _ => nameof(ErrorKind.ServerError),
        };
    }

    private static async Task<string> AskAsync(KmsRestClient client, RecordedCall call)
    {
        switch (call.Operation)
        {
            case "names":
                await client.NamesAsync(Stop);
                return Success;
            case "create":
                (await client.CreateAsync(NewKey.Default(KeyName.Parse(call.Name)), Stop)).Dispose();
                return Success;
            case "current":
                using (KeyVersion? version = await client.CurrentAsync(KeyName.Parse("k1"), Stop))
                {
                    return version is null ? "none" : Success;
                }

            default:
                return await client.MetadataAsync(KeyName.Parse("k1"), Stop) is null ? "none" : Success;
        }
    }

    private static Reply Healthy(SeenRequest request) => request switch
    {
        { Method: "POST" } => Reply.Json("{\"name\":\"f\",\"versionName\":\"f@0\",\"material\":null}", 201),
        { Path: "/kms/v1/keys/names" } => Reply.Json("[ ]"),
        _ => Reply.Json("{ }"),
    };
}
