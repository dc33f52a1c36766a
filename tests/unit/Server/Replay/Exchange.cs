using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KmsPS.Tests.Server.Replay;

/// <summary>One line of a recording: a request with what a real Hadoop KMS answered, or a step in between.</summary>
internal sealed record Exchange(
    string Id,
    string? Ours,
    JsonElement? Step,
    string Method,
    string Target,
    IReadOnlyList<(string Name, string Value)> Headers,
    byte[]? Body,
    RawHttp.Reply Recorded,
    IReadOnlyList<string> Vary,
    bool IsUnordered)
{
    public static IReadOnlyList<Exchange> ReadAll(string file) => [.. File.ReadLines(file).Select(static line => Read(JsonDocument.Parse(line).RootElement))];

    /// <summary>The bytes to send. As in the recording, <c>Host</c>, <c>Connection</c> and <c>Content-Length</c> are added where absent.</summary>
    public byte[] ToBytes(Func<string, string> fill)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"{Method} {fill(Target)} HTTP/1.1\r\n");
        Add(head, "Host", fill("localhost:{port}"));
        foreach ((string name, string value) in Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        Add(head, "Connection", "close");
        if (Body is not null && !Has("Transfer-Encoding"))
        {
            Add(head, "Content-Length", Body.Length.ToString(CultureInfo.InvariantCulture));
        }

        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. Body ?? []];
    }

    private bool Has(string name) => Headers.Any(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private void Add(StringBuilder head, string name, string value)
    {
        if (!Has(name))
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
    }

    private static Exchange Read(JsonElement line)
    {
        string id = line.GetProperty("id").GetString()!;
        if (line.TryGetProperty("step", out JsonElement step))
        {
            return new Exchange(id, null, step, "", "", [], null, new RawHttp.Reply(0, "", [], []), [], false);
        }

        JsonElement request = line.GetProperty("request");
        JsonElement response = line.GetProperty("response");
        return new Exchange(
            id,
            line.TryGetProperty("ours", out JsonElement ours) ? ours.GetString() : null,
            null,
            request.GetProperty("method").GetString()!,
            request.GetProperty("target").GetString()!,
            Pairs(request),
            request.TryGetProperty("body", out JsonElement body) ? Bytes(body) : null,
            new RawHttp.Reply(response.GetProperty("status").GetInt32(), response.GetProperty("reason").GetString()!, Pairs(response), Bytes(response.GetProperty("body")) ?? []),
            line.TryGetProperty("vary", out JsonElement vary) ? [.. vary.EnumerateArray().Select(static each => each.GetString()!)] : [],
            line.TryGetProperty("unordered", out _));
    }

    private static byte[]? Bytes(JsonElement body) => body.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object => body.GetProperty("base64").GetBytesFromBase64(),
        _ => Encoding.UTF8.GetBytes(body.GetString()!),
    };

    private static List<(string Name, string Value)> Pairs(JsonElement of) =>
        [.. of.GetProperty("headers").EnumerateArray().Select(static each => (each[0].GetString()!, each[1].GetString()!))];
}
