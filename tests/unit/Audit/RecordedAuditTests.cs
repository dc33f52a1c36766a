using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Keys;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Audit;

/// <summary>What a real Hadoop KMS wrote, line by line, and what ours writes for the same requests at the same instants.</summary>
public sealed partial class RecordedAuditTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("operations", 2000)]
    [InlineData("denied", 2000)]
    [InlineData("all-acl", 2000)]
    [InlineData("proxied", 2000)]
    [InlineData("principals", 1000)]
    [InlineData("odd-names", 1000)]
    [InlineData("window-1000", 1000)]
    [InlineData("window-3000", 3000)]
    [InlineData("window-default", 10_000)]
    [InlineData("window-50", 50)]
    [InlineData("window-denial", 5000)]
    [InlineData("name-documented", 10_000)]
    public async Task The_same_requests_leave_the_same_lines(string folder, int window)
    {
        Recording recording = Recording.Load(folder);
        MemorySink sink = new();
        DateTimeOffset start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        await using (RecordedServer server = new(Vectors.Path("recorded", "audit", folder), TimeSpan.FromMilliseconds(window), new ManualTime(start), sink))
        {
            foreach (JsonElement exchange in recording.Exchanges)
            {
                await StepAsync(server, exchange, start, window);
            }

            if (folder != "window-denial")
            {
                Compare(recording, [.. sink.Lines.Select(static line => line.Replace("memory://test", "{provider}", StringComparison.Ordinal))], window);
                return;
            }
        }

        // A real server loses what is pending at a stop; ours writes it.
        Assert.Equal(
            ["OK[op=DECRYPT_EEK, key=k1, user=alice, accessCount=2, interval=#] ", "OK[op=GENERATE_EEK, key=k1, user=alice, accessCount=2, interval=#] "],
            sink.Lines.Skip(recording.Lines.Count).Select(static line => Line.Of(line).Text).Order(StringComparer.Ordinal));
        Compare(recording, [.. sink.Lines.Take(recording.Lines.Count)], window);
    }

    private static async Task StepAsync(RecordedServer server, JsonElement exchange, DateTimeOffset start, int window)
    {
        if (exchange.TryGetProperty("step", out JsonElement step))
        {
            if (step.GetString()!.StartsWith("kms-acls.xml replaced", StringComparison.Ordinal))
            {
                server.Replace(AclOperation.DecryptEek, step.GetString()!.EndsWith("is bob", StringComparison.Ordinal) ? "bob" : null);
            }
            else if (exchange.TryGetProperty("atMs", out JsonElement at))
            {
                long waited = long.Parse(Number().Match(step.GetString()!).Value);
                await server.PassUntilAsync(at.GetInt64() + waited, start, window / 10, Stop);
            }

            return;
        }

        await server.PassUntilAsync(exchange.GetProperty("answeredMs").GetInt64(), start, window / 10, Stop);
        await server.AnswerAsync(exchange, Stop);
    }

    private static void Compare(Recording recording, IReadOnlyList<string> ours, int window)
    {
        // A summary comes when a sweep finds its window over: its place among other lines is the clock's, its order among its own is not.
        string[] recorded = [.. recording.Lines.Select(static line => Line.Of(line)).Where(static line => !line.IsSummary).Select(static line => line.Text)];
        Assert.Equal(recorded, ours.Select(static line => Line.Of(line)).Where(static line => !line.IsSummary).Select(static line => line.Text));
        if (window < 100)
        {
            return; // Which requests fall into a window of 50 ms was a matter of the recording machine's load.
        }

        Assert.Equal(Summaries(recording.Lines), Summaries(ours));
        Assert.All(ours.Concat(recording.Lines).Select(static line => Line.Of(line)).Where(static line => line.IsSummary), line => Assert.True(line.Interval >= Math.Min(window, 2500), line.ToString()));

        // Those of a triple follow one another as recorded, first lines among them.
        Assert.Equal(Aggregates(recording.Lines), Aggregates(ours));
    }

    private static List<string> Summaries(IEnumerable<string> lines) =>
        [.. lines.Select(static line => Line.Of(line)).Where(static line => line.IsSummary).Select(static line => line.Text).Order(StringComparer.Ordinal)];

    private static List<string> Aggregates(IEnumerable<string> lines) =>
        [.. lines.Where(static line => Line.Of(line).IsAggregate).GroupBy(static line => line[..line.IndexOf("accessCount", StringComparison.Ordinal)])
            .Select(static group => group.Key + string.Join(' ', group.Select(static line => Line.Of(line).IsSummary ? "summary" : "first"))).Order(StringComparer.Ordinal)];

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    /// <summary>A line with its interval taken out.</summary>
    private sealed partial record Line(string Text, bool IsAggregate, long Interval)
    {
        // The first access is written at once: 0 to 7 ms in the recordings, on a busy machine.
        private const long AtOnce = 10;

        internal bool IsSummary => IsAggregate && Interval > AtOnce;

        internal static Line Of(string text)
        {
            Match match = IntervalText().Match(text);
            return match.Success ? new Line(text.Replace(match.Value, "interval=#", StringComparison.Ordinal), true, long.Parse(match.Groups[1].Value)) : new Line(text, false, 0);
        }

        [GeneratedRegex("interval=([0-9]+)ms")]
        private static partial Regex IntervalText();
    }

    /// <summary>A recorded scenario, without what ours refuses by a settled decision: names with NUL, names over 255 bytes.</summary>
    private sealed record Recording(IReadOnlyList<JsonElement> Exchanges, IReadOnlyList<string> Lines)
    {
        internal static Recording Load(string folder)
        {
            JsonElement[] exchanges = [.. File.ReadLines(Vectors.Path("recorded", "audit", folder, "exchanges.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement)];
            List<string> lines = [];
            foreach (JsonElement line in File.ReadLines(Vectors.Path("recorded", "audit", folder, "audit.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement))
            {
                string text = line.GetProperty("line").GetString()!;
                if (line.TryGetProperty("continued", out _))
                {
                    lines[^1] += "\n" + text;
                }
                else if (line.GetProperty("atMs").GetInt64() < 0)
                {
                    // A forged line with a time stamp of its own, which the recording took off.
                    lines[^1] += "\n" + ForgedStamp(exchanges) + text;
                }
                else
                {
                    lines.Add(text);
                }
            }

            // Nothing is escaped there; ours is, so that no line can be forged. The errors' own cut at the first line feed is theirs.
            return new Recording(
                [.. exchanges.Where(static exchange => !IsRefusedByOurs(exchange))],
                [.. lines.Where(static line => !line.Contains('\0') && !line.Contains(new string('x', 256), StringComparison.Ordinal)).Select(Printable.Escape)]);
        }

        private static bool IsRefusedByOurs(JsonElement exchange)
        {
            string text = exchange.TryGetProperty("request", out JsonElement request) ? request.ToString() : "";
            return text.Contains("nul\\\\u0000", StringComparison.Ordinal) || text.Contains("nul%00", StringComparison.Ordinal) || text.Contains(new string('x', 256), StringComparison.Ordinal);
        }

        private static string ForgedStamp(IEnumerable<JsonElement> exchanges)
        {
            string body = exchanges.Select(static exchange => exchange.GetProperty("request").TryGetProperty("body", out JsonElement text) ? text.GetString()! : "")
                .First(static text => text.Contains("DELETE_KEY", StringComparison.Ordinal));
            string name = JsonDocument.Parse(body).RootElement.GetProperty("name").GetString()!;
            return name[(name.IndexOf('\n', StringComparison.Ordinal) + 1)..name.IndexOf("OK[", StringComparison.Ordinal)];
        }
    }
}
