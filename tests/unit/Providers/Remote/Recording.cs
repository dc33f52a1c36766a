using System.Text.Json;

namespace KmsPS.Tests.Providers.Remote;

/// <summary>One call of a stock Java client: what it was told to do, what came out, and what went over the wire.</summary>
public sealed record RecordedCall(string Note, JsonElement Call, JsonElement Outcome, IReadOnlyList<RecordedExchange> Wire)
{
    public string Operation => Call.GetProperty("op").GetString()!;

    public string Name => Call.GetProperty("name").GetString()!;

    public bool Failed => Outcome.ValueKind == JsonValueKind.Object && Outcome.TryGetProperty("error", out _);

    public string ErrorClass => Outcome.GetProperty("error")[0].GetProperty("class").GetString()!;

    /// <summary>The exchanges that are not sign-in.</summary>
    public IEnumerable<RecordedExchange> Asked => Wire.Where(static exchange => exchange.Request.Method != "OPTIONS");

    public override string ToString() => $"{Operation} {Note}";
}

/// <summary>A request and its answer.</summary>
public sealed record RecordedExchange(SeenRequest Request, Reply Reply, bool IsMadeUp);

/// <summary>Reads the recordings of stock clients.</summary>
public static class Recording
{
    public static IReadOnlyList<RecordedCall> Of(string file) =>
        [.. File.ReadLines(Vectors.Path($"recorded/clients/{file}.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).Where(static line => line.TryGetProperty("wire", out _)).Select(Read)];

    /// <summary>
    /// Long answers are abbreviated in the recordings (<c>... 27902 bytes</c>): the array of <paramref name="count"/> elements, each the recorded first.
    /// </summary>
    public static RecordedExchange Whole(RecordedExchange exchange, int count)
    {
        string body = exchange.Reply.Text!.Split("\r\n\r\n", 2)[1];
        if (!body.EndsWith(" bytes", StringComparison.Ordinal))
        {
            return exchange;
        }

        string first = body[body.IndexOf('{', StringComparison.Ordinal)..(body.IndexOf("\n}", StringComparison.Ordinal) + 2)];
        return exchange with { Reply = KmsPS.Tests.Providers.Remote.Reply.Json($"[ {string.Join(", ", Enumerable.Repeat(first, count))} ]") };
    }

    private static RecordedCall Read(JsonElement line) => new(
        line.TryGetProperty("note", out JsonElement note) ? note.GetString()! : "",
        line.GetProperty("call"),
        line.GetProperty("outcome"),
        [.. line.GetProperty("wire").EnumerateArray().Select(Exchange)]);

    private static RecordedExchange Exchange(JsonElement exchange)
    {
        string[] parts = exchange.GetProperty("request").GetString()!.Split("\r\n\r\n", 2);
        JsonElement answer = exchange.GetProperty("answer");
        bool isMadeUp = exchange.TryGetProperty("made up", out _) || answer.ValueKind == JsonValueKind.String;
        return new RecordedExchange(ScriptedServer.Parse(parts[0], parts[1]), answer.ValueKind == JsonValueKind.String ? Reply.Closed : Answer(answer), isMadeUp);
    }

    private static Reply Answer(JsonElement answer) => Reply.Of(
        answer.GetProperty("status").GetString()!,
        answer.GetProperty("headers").EnumerateArray().Select(static header => header.GetString()!),
        answer.GetProperty("body").GetString()!);
}
