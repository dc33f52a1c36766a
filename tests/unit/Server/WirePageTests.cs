using System.Text;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Server;

/// <summary>Every exchange that <c>docs/wire.md</c> shows, asked again: what users are told is what they get.</summary>
public sealed partial class WirePageTests
{
    [Fact]
    public async Task Each_request_of_the_page_is_answered_as_the_page_says()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string page = await File.ReadAllTextAsync(Path.Combine(Vectors.Root, "docs", "wire.md"), stop);
        DirectoryInfo conf = Directory.CreateTempSubdirectory("kmsps-test-");
        await File.WriteAllTextAsync(Path.Combine(conf.FullName, "kms-acls.xml"), Lists().Match(page).Groups[1].Value, stop);
        await using RunningServer server = await RunningServer.StartAsync(conf.FullName, "http", stop);
        conf.Delete(recursive: true);
        string token = "";
        List<string> differences = [];
        Exchange[] exchanges = [.. Block().Matches(page).Select(static block => Exchange.Parse(block.Groups[1].Value, block.Groups[2].Value))];
        foreach (Exchange exchange in exchanges)
        {
            (string, string)[] headers = [("Host", "localhost:9600"), .. exchange.RequestHeaders.Select(header => (header.Name, header.Value.Replace("$token", token, StringComparison.Ordinal)))];
            string target = exchange.Target.Replace("$token", token, StringComparison.Ordinal);
            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, exchange.Method, target, headers, Encoding.UTF8.GetBytes(exchange.Data), stop);
            token = Token().Match(reply.Body) is { Success: true } issued ? issued.Groups[1].Value : token;
            differences.AddRange(exchange.Compare(reply).Select(difference => $"{exchange.Title} ({exchange.Method} {exchange.Target}): {difference}"));
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.True(exchanges.Length >= 75, $"Only {exchanges.Length} exchanges were read from the page");
    }

    [GeneratedRegex("```xml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Lists();

    [GeneratedRegex("^### ([^\n]+)\n\n```console\n(.*?)```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("\"urlString\" ?: ?\"([^\"]+)\"")]
    private static partial Regex Token();

    /// <summary>A request and its answer, as the page has them.</summary>
    private sealed partial record Exchange(string Title, string Method, string Target, (string Name, string Value)[] RequestHeaders, string Data, string Status, (string Name, string Value)[] Headers, string Body)
    {
        // Kestrel's and the connection's own; the test's connections are closed after each answer.
        private static readonly string[] Unlike = ["Connection", "Transfer-Encoding", "Content-Length"];

        internal static Exchange Parse(string title, string text)
        {
            string[] lines = text.Split('\n');
            string[] sent = [.. Lines(lines, "> ")];
            string[] got = [.. Lines(lines, "< ")];
            string[] first = sent[0].Split(' ');
            int blank = text.IndexOf("\n\n", StringComparison.Ordinal);
            return new Exchange(
                title, first[0], first[1], [.. sent.Skip(1).Select(Header)], Given().Match(lines[0]).Groups[1].Value,
                got[0]["HTTP/1.1 ".Length..], [.. got.Skip(1).Select(Header)], blank < 0 ? "" : text[(blank + 2)..].TrimEnd('\n'));
        }

        internal IEnumerable<string> Compare(RawHttp.Reply reply)
        {
            if (Mask(Status) != Mask($"{reply.Status} {reply.Reason}"))
            {
                yield return $"status '{Status}' on the page, '{reply.Status} {reply.Reason}' here\n{reply.Body}";
                yield break;
            }

            string there = Text(Headers);
            string here = Text(reply.Headers);
            if (there != here)
            {
                yield return $"headers\n{there}\non the page,\n{here}\nhere";
            }

            string body = Mask(reply.Body.TrimEnd('\r', '\n'));
            string told = Mask(Body);
            if (told.EndsWith("\n…", StringComparison.Ordinal) ? !body.StartsWith(told[..^1], StringComparison.Ordinal) : body != told)
            {
                yield return $"body\n{told}\non the page,\n{body}\nhere";
            }
        }

        private static IEnumerable<string> Lines(string[] lines, string mark) => from line in lines where line.StartsWith(mark, StringComparison.Ordinal) select line[mark.Length..];

        private static (string Name, string Value) Header(string line) => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());

        private string Text(IEnumerable<(string Name, string Value)> headers) => string.Join(
            '\n',
            from header in headers
            where !Unlike.Contains(header.Name)
            orderby header.Name, header.Value
            select $"{header.Name}: {(header.Name is "Date" or "Expires" && header.Value.EndsWith("GMT", StringComparison.Ordinal) ? "{date}" : Mask(header.Value))}");

        // Rates, whose digits may look like a time, then signatures, times and where the store lies; and what the title says is made anew.
        private string Mask(string text)
        {
            text = Store().Replace(Milliseconds().Replace(Signature().Replace(Rate().Replace(text, "{rate}"), "s={signature}"), "{ms}"), "{store}");
            return Title.Contains("made anew", StringComparison.Ordinal) ? Fresh().Replace(text, "\"$1\" : {anew}") : text;
        }

        [GeneratedRegex(" -d '([^']*)'")]
        private static partial Regex Given();

        [GeneratedRegex(@"(?<!\d)\d{13}(?!\d)")]
        private static partial Regex Milliseconds();

        [GeneratedRegex("s=[A-Za-z0-9+/]{43}=")]
        private static partial Regex Signature();

        [GeneratedRegex(@"\b\d+\.\d+(E-?\d+)?\b")]
        private static partial Regex Rate();

        [GeneratedRegex(@"sqlite://file@\S+?/kms\.db")]
        private static partial Regex Store();

        [GeneratedRegex("\"(material|iv|urlString)\" ?: ?\"[^\"]+\"")]
        private static partial Regex Fresh();
    }
}
