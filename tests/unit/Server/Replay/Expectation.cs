using System.Text.Json;
using KmsPS.Engine.Wire;

namespace KmsPS.Tests.Server.Replay;

/// <summary>
/// What an answer must be: the recorded one to the byte, or where a settled decision differs (<c>ours</c>), what that decision says.
/// </summary>
internal sealed class Expectation(bool isJceks, Func<string, string> fill, Func<string, Exchange?> withKeyAuthorization)
{
    private readonly Dictionary<string, RawHttp.Reply> _answered = new(StringComparer.Ordinal);

    // Names that a jceks store never lists, and one that is made because any Accept is answered.
    private static readonly string[] OnlyOurs = ["a@b", "a@7", "ac1"];

    /// <summary>Differences between an answer and what it must be; none when it is right.</summary>
    public IReadOnlyList<string> Check(Exchange exchange, RawHttp.Reply actual)
    {
        List<string> differences = [];
        _answered[exchange.Id] = actual;
        switch (exchange.Ours)
        {
            case null when Unmarked(exchange) is { } said:
                Envelope(differences, actual, 400, "java.lang.IllegalArgumentException", said);
                break;
            case null:
                Same(differences, exchange, exchange.Recorded, actual);
                break;
            case { } text when text.StartsWith("400 as with key authorisation on", StringComparison.Ordinal):
                Same(differences, exchange, withKeyAuthorization(exchange.Id)!.Recorded, actual);
                break;
            case { } text when text.StartsWith("400, the same envelope, java.security", StringComparison.Ordinal):
                Envelope(differences, actual, 400, "java.security.InvalidParameterException", exchange.Id.Contains("unknown", StringComparison.Ordinal) ? "LJM" : "cipher");
                break;
            case { } text when text.StartsWith("400, the same envelope", StringComparison.Ordinal):
                Envelope(differences, actual, 400, "java.lang.IllegalArgumentException", Named(exchange.Id));
                break;
            case { } text when text.StartsWith("404", StringComparison.Ordinal):
                Envelope(differences, actual, 404, "com.sun.jersey.api.NotFoundException", fill(Message(exchange.Recorded).Replace("/kms/?", exchange.Target.Contains("/kms?", StringComparison.Ordinal) ? "/kms?" : "/kms/?", StringComparison.Ordinal)));
                break;
            case { } text when text.StartsWith("405", StringComparison.Ordinal):
                Refused(differences, exchange, actual);
                break;
            case { } text when text.StartsWith("401", StringComparison.Ordinal):
                Equal(differences, "status", 401, actual.Status);
                break;
            case { } text when text.StartsWith("differs: answered as an unknown name", StringComparison.Ordinal):
                UnknownName(differences, exchange, actual);
                break;
            case { } text when text.StartsWith("differs: numbering", StringComparison.Ordinal):
                Renumbered(differences, exchange, actual);
                break;
            case { } text when text.StartsWith("differs: only the jceks store folds case", StringComparison.Ordinal):
                Folded(differences, exchange, actual);
                break;
            case { } text when text.StartsWith("differs: a file whose root", StringComparison.Ordinal):
                Same(differences, exchange, _answered["broken" + exchange.Id[exchange.Id.IndexOf(':', StringComparison.Ordinal)..]], actual, compareBody: exchange.Method == "POST");
                break;
            default:
                differences.Add($"no rule for '{exchange.Ours}'");
                break;
        }

        return differences;
    }

    private void Same(List<string> differences, Exchange exchange, RawHttp.Reply expected, RawHttp.Reply actual, bool compareBody = true)
    {
        Equal(differences, "status", expected.Status, actual.Status);
        Equal(differences, "reason", expected.Reason, actual.Reason);
        foreach (string name in (string[])["Cache-Control", "Pragma", "X-Content-Type-Options", "X-XSS-Protection", "Allow"])
        {
            Equal(differences, name, expected.Header(name), actual.Header(name));
        }

        bool isWadl = expected.Header("Content-Type")?.Contains("wadl", StringComparison.Ordinal) == true;
        bool isPage = expected.Header("Content-Type")?.StartsWith("text/html", StringComparison.Ordinal) == true;
        if (!isWadl && !isPage)
        {
            Equal(differences, "Content-Type", expected.Header("Content-Type"), actual.Header("Content-Type"));
            if (compareBody)
            {
                Body(differences, exchange, expected, actual);
            }
        }

        if (expected.Status == 201 && actual.Status == 201)
        {
            string name = JsonDocument.Parse(actual.Body).RootElement.GetProperty("name").GetString()!;
            Equal(differences, "Location", fill("http://localhost:{port}") + RestPaths.Location(KmsPS.Engine.Keys.KeyName.Parse(name)), actual.Header("Location"));
        }
    }

    private void Body(List<string> differences, Exchange exchange, RawHttp.Reply expected, RawHttp.Reply actual)
    {
        string want = fill(expected.Body);
        string have = actual.Body;
        if (want == have)
        {
            return;
        }

        if (exchange.IsUnordered && want.StartsWith('[') && have.StartsWith('['))
        {
            string[] wanted = JsonSerializer.Deserialize<string[]>(want)!;
            string[] had = [.. JsonSerializer.Deserialize<string[]>(have)!.Except(isJceks ? ["ac1"] : OnlyOurs)];
            Equal(differences, "set", string.Join('|', wanted.Order(StringComparer.Ordinal)), string.Join('|', had.Order(StringComparer.Ordinal)));
            return;
        }

        foreach (string pointer in exchange.Vary)
        {
            have = Replace(have, pointer, want);
        }

        Equal(differences, "body", want, have);
    }

    // Puts the recorded value of a varying place into what was answered: all other bytes must be the same.
    private static string Replace(string have, string pointer, string want)
    {
        try
        {
            string ours = At(JsonDocument.Parse(have).RootElement, pointer).GetRawText();
            string theirs = At(JsonDocument.Parse(want).RootElement, pointer).GetRawText();
            int at = have.IndexOf(ours, StringComparison.Ordinal);
            return ours.Length == theirs.Length || char.IsAsciiDigit(ours[0]) ? string.Concat(have.AsSpan(0, at), theirs, have.AsSpan(at + ours.Length)) : have;
        }
        catch (Exception failure) when (failure is KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            return have;
        }
    }

    private static JsonElement At(JsonElement root, string pointer)
    {
        foreach (string part in pointer.Split('/').Skip(1))
        {
            root = root.ValueKind == JsonValueKind.Array ? root[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : root.GetProperty(part);
        }

        return root;
    }

    private void Refused(List<string> differences, Exchange exchange, RawHttp.Reply actual)
    {
        if (exchange.Headers.Any(static each => each.Name == "Accept"))
        {
            Equal(differences, "status", exchange.Method == "POST" ? 201 : 200, actual.Status);
            Equal(differences, "Content-Type", "application/json", actual.Header("Content-Type"));
            return;
        }

        bool isType = exchange.Method == "POST" && exchange.Headers.Any(static each => each.Name == "Content-Type" && !each.Value.StartsWith("application/json", StringComparison.OrdinalIgnoreCase));
        Envelope(differences, actual, isType ? 415 : 405, "javax.ws.rs.WebApplicationException", isType ? "application/json" : exchange.Method);
        Equal(differences, "Allow given", !isType, actual.Header("Allow") is not null);
    }

    private static void UnknownName(List<string> differences, Exchange exchange, RawHttp.Reply actual)
    {
        switch (exchange.Id)
        {
            case "roll-by-version-name":
                Envelope(differences, actual, 500, "java.io.IOException", "Can't find Metadata for key k1@0");
                break;
            case "decrypt-version-is-key":
                Envelope(differences, actual, 400, "java.lang.IllegalArgumentException", "'k2' not found");
                break;
            default:
                Equal(differences, "status", 200, actual.Status);
                Equal(differences, "body", "{ }", actual.Body);
                break;
        }
    }

    private void Renumbered(List<string> differences, Exchange exchange, RawHttp.Reply actual)
    {
        if (isJceks)
        {
            Same(differences, exchange, exchange.Recorded, actual);
        }
        else if (exchange.Method == "POST")
        {
            Equal(differences, "body", exchange.Recorded.Body.Replace("kd@0", "kd@1", StringComparison.Ordinal), actual.Body);
        }
        else
        {
            Equal(differences, "body", "{ }", actual.Body);
        }
    }

    private void Folded(List<string> differences, Exchange exchange, RawHttp.Reply actual)
    {
        bool recordedRefuses = exchange.Recorded.Status == 400;
        if (isJceks)
        {
            bool names = exchange.Target.Contains("pper", StringComparison.Ordinal) || exchange.Target.Contains("UPPER", StringComparison.Ordinal);
            if (recordedRefuses || !names || exchange.Target.Contains("/upper/", StringComparison.Ordinal))
            {
                Same(differences, exchange, exchange.Recorded, actual);
            }
            else
            {
                Envelope(differences, actual, 400, "java.lang.IllegalArgumentException", "Uppercase key names are unsupported");
            }
        }
        else
        {
            Equal(differences, "is served", true, actual.Status is 200 or 201 or 500 && !actual.Body.Contains("Uppercase", StringComparison.Ordinal));
        }
    }

    private static void Envelope(List<string> differences, RawHttp.Reply actual, int status, string javaClass, string said)
    {
        Equal(differences, "status", status, actual.Status);
        Equal(differences, "Content-Type", "application/json", actual.Header("Content-Type"));
        try
        {
            JsonElement envelope = JsonDocument.Parse(actual.Body).RootElement.GetProperty("RemoteException");
            Equal(differences, "javaClassName", javaClass, envelope.GetProperty("javaClassName").GetString());
            Equal(differences, "exception", javaClass[(javaClass.LastIndexOfAny(['.', '$']) + 1)..], envelope.GetProperty("exception").GetString());
            string? message = envelope.GetProperty("message").GetString();
            if (message?.Contains(said, StringComparison.Ordinal) != true)
            {
                differences.Add($"message: '{said}' is not in '{message}'");
            }
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            differences.Add($"no envelope: {actual.Body}");
        }
    }

    private static string Message(RawHttp.Reply response) => JsonDocument.Parse(response.Body).RootElement.GetProperty("RemoteException").GetProperty("message").GetString()!;

    // recorded/crypto has no marks; the decisions are the same ones there, and the jceks store refuses capitals in every operation.
    private string? Unmarked(Exchange exchange) => exchange.Id switch
    {
        "metadata-case" when isJceks => "Uppercase key names are unsupported",
        _ when exchange.Id.EndsWith("version without @", StringComparison.Ordinal) => "'k128' not found",
        _ when exchange.Id.EndsWith("iv is a number", StringComparison.Ordinal) || exchange.Id.EndsWith("iv is an object", StringComparison.Ordinal) => "'iv'",
        _ when exchange.Id.EndsWith("name is a number", StringComparison.Ordinal) => "'name'",
        _ => null,
    };

    // What the message must name: the member, or the parameter, or the body as a whole.
    private static string Named(string id) => id switch
    {
        _ when id.Contains("-num-", StringComparison.Ordinal) => "num_keys",
        _ when id.Contains("no-body", StringComparison.Ordinal) || id.Contains("body", StringComparison.Ordinal) => "body",
        "batch-object" or "decrypt-array" => "body",
        "batch-unknown-key" => "'nokey@0' not found",
        _ when id.EndsWith("unknown-version", StringComparison.Ordinal) => "'k2@9' not found",
        _ when id.EndsWith("unknown-key", StringComparison.Ordinal) => "'nokey@0' not found",
        _ when id.StartsWith("create-length", StringComparison.Ordinal) => "'length'",
        _ when id.StartsWith("create-attributes", StringComparison.Ordinal) => "'attributes",
        _ when id.StartsWith("create-cipher", StringComparison.Ordinal) => "'cipher'",
        _ when id.Contains("number-name", StringComparison.Ordinal) || id.Contains("name-number", StringComparison.Ordinal) => "'name'",
        _ when id.Contains("-iv", StringComparison.Ordinal) => "'iv'",
        _ => "",
    };

    private static void Equal<T>(List<string> differences, string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            differences.Add($"{what}: expected {expected}, got {actual}");
        }
    }
}
