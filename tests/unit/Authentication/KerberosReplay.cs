using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Tests.Server;

namespace KmsPS.Tests.Authentication;

/// <summary>Asks a server again what was recorded of a real one, with tickets of this realm, and lists what differs.</summary>
/// <param name="realm">The realm.</param>
/// <param name="server">The server.</param>
/// <param name="folder">The recording.</param>
internal sealed partial class KerberosReplay(KerberosFixture realm, KerberosServer server, string folder)
{
    private readonly Dictionary<string, string> _made = [];

    /// <summary>Exchanges that are not asked again.</summary>
    internal IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Exchanges that a real server fails at or lets pass, and ours refuses.</summary>
    internal IReadOnlyList<string> RefusedHere { get; init; } = [];

    /// <summary>Exchanges whose recorded answer is replaced: by another of the same folder, or of another one.</summary>
    internal IReadOnlyDictionary<string, JsonElement> AnsweredHere { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Does what a recording did between two exchanges.</summary>
    internal Func<string, Task> Step { get; init; } = static step => throw new InvalidOperationException($"Nobody knows how to do this: {step}");

    /// <summary>Makes a named token before it is asked for, to be old by then.</summary>
    internal async Task MakeAsync(string name) => _made[name] = await TokenAsync(name, "alice", KerberosFixture.Service);

    internal async Task<(List<string> Differences, int Compared)> RunAsync(CancellationToken stop)
    {
        RecordedValues values = new(folder, async user => RecordedAnswer.Cookie(await RawHttp.SendAsync(server.Url, "GET", "/kms/v1/key/absent/_metadata", [("Authorization", "Negotiate " + await realm.TokenAsync(user.Split('@')[0]))], [], stop))!);
        List<string> differences = [];
        int compared = 0;
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(folder, "exchanges.jsonl"), stop))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string id = json.RootElement.GetProperty("id").GetString()!;
            if (json.RootElement.TryGetProperty("step", out JsonElement step))
            {
                await Step(step.GetString()!);
            }

            if (!json.RootElement.TryGetProperty("request", out JsonElement request) || LeftOut.Contains(id))
            {
                continue;
            }

            List<(string, string)> headers = [];
            foreach (JsonElement header in request.GetProperty("headers").EnumerateArray())
            {
                headers.Add((header[0].GetString()!, await values.FillAsync(await WithTicketsAsync(id, header[1].GetString()!))));
            }

            string body = RecordedAnswer.Body(request) ?? "";
            RawHttp.Reply reply = await RawHttp.SendAsync(server.Url, request.GetProperty("method").GetString()!, await values.FillAsync(request.GetProperty("target").GetString()!), headers, Encoding.UTF8.GetBytes(body), stop);
            compared++;
            JsonElement expected = AnsweredHere.TryGetValue(id, out JsonElement other) ? other : json.RootElement.GetProperty("response");
            if (Difference(id, expected, reply) is { } difference)
            {
                differences.Add($"{id}: {difference}");
            }

            Learn(id, expected, reply, values);
        }

        return (differences, compared);
    }

    private async Task<string> WithTicketsAsync(string id, string text)
    {
        foreach (Match match in Ticket().Matches(text))
        {
            string token = await TokenAsync(id, match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : KerberosFixture.Service);
            text = text.Replace(match.Value, token, StringComparison.Ordinal);
        }

        foreach (Match match in NamedTicket().Matches(text))
        {
            string name = match.Groups[1].Value;
            if (!_made.TryGetValue(name, out string? token))
            {
                _made[name] = token = await TokenAsync(id, name == "as-hive-localhost" ? "hive/localhost" : "alice", KerberosFixture.Service);
            }

            text = text.Replace(match.Value, token, StringComparison.Ordinal);
        }

        return text;
    }

    private async Task<string> TokenAsync(string id, string user, string service) =>
        realm.Tickets.TokenFor(service, await realm.SignInAsync(user), isMutual: id != "ok-no-mutual", package: id == "ok-raw-krb5" ? "Kerberos" : "Negotiate");

    private string? Difference(string id, JsonElement there, RawHttp.Reply here)
    {
        int status = there.GetProperty("status").GetInt32();
        if (RefusedHere.Contains(id))
        {
            return here.Status is >= 400 and < 500 ? null : $"{status} there, {here.Status} here, and not refused";
        }

        string reason = there.GetProperty("reason").GetString()!;
        bool isJava = reason.StartsWith("java.", StringComparison.Ordinal) || reason.StartsWith("GSSException", StringComparison.Ordinal);
        string body = status >= 400 && RecordedAnswer.Body(there) is { Length: > 0 } text ? "\n" + text : "";
        string expected = $"{status} {(isJava ? "" : reason)}\n{RecordedAnswer.Header(there, "WWW-Authenticate")}\n{RecordedAnswer.Header(there, "Set-Cookie")}{body}";
        string actual = $"{here.Status} {(isJava ? "" : here.Reason)}\n{here.Header("WWW-Authenticate")}\n{here.Header("Set-Cookie")}{(body.Length == 0 ? "" : "\n" + here.Body)}";
        return RecordedAnswer.IsLike(expected, actual) ? null : $"\n{expected}\nthere,\n{actual}\nhere";
    }

    private static void Learn(string id, JsonElement there, RawHttp.Reply here, RecordedValues values)
    {
        if (id == "as-alice")
        {
            values.Learn("cookie", RecordedAnswer.Cookie(here)!);
        }
        else if (id == "as-hive-localhost")
        {
            values.Learn("cookie-hive", RecordedAnswer.Cookie(here)!);
        }

        RecordedAnswer.LearnToken(there, here, values);
    }

    [GeneratedRegex(@"\{gss of ([^ }]+)(?: for ([^}]+))?\}")]
    private static partial Regex Ticket();

    [GeneratedRegex(@"\{gss-([^}]+)\}")]
    private static partial Regex NamedTicket();
}
