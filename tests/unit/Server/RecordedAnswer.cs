using System.Text.Json;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Server;

/// <summary>Reads a recorded answer of the folders below auth, and holds ours against it.</summary>
internal static partial class RecordedAnswer
{
    /// <summary>Whether a text is the recorded one. Names in braces stand for a time, a signature or a value of this run; JSON's braces do not.</summary>
    internal static bool IsLike(string there, string here) =>
        Regex.IsMatch(here, "^" + Placeholder().Replace(Regex.Escape(there), ".*") + "$", RegexOptions.Singleline);

    /// <summary>A header of a recorded answer; empty where it has none.</summary>
    internal static string Header(JsonElement there, string name) =>
        there.GetProperty("headers").EnumerateArray().Where(header => header[0].GetString() == name).Select(static header => header[1].GetString()).FirstOrDefault() ?? "";

    /// <summary>The body of a recorded answer, where a text was kept.</summary>
    internal static string? Body(JsonElement there) => there.TryGetProperty("body", out JsonElement body) && body.ValueKind == JsonValueKind.String ? body.GetString() : null;

    /// <summary>The text of the cookie that an answer brings.</summary>
    internal static string? Cookie(RawHttp.Reply here) => Quoted().Match(here.Header("Set-Cookie") ?? "") is { Success: true } cookie ? cookie.Groups[1].Value : null;

    /// <summary>Keeps a delegation token under the name that it has in the recording.</summary>
    internal static void LearnToken(JsonElement there, RawHttp.Reply here, RecordedValues values)
    {
        if (TokenName().Match(Body(there) ?? "") is { Success: true } name && TokenText().Match(here.Body) is { Success: true } token)
        {
            values.Learn(name.Groups[1].Value, token.Groups[1].Value);
        }
    }

    // In the escaped text.
    [GeneratedRegex(@"\\\{[^{}""]+}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("hadoop\\.auth=\"(.*)\"(?:;|$)")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"urlString\":\"\\{([^}]+)\\}\"")]
    private static partial Regex TokenName();

    [GeneratedRegex("\"urlString\":\"([^\"]+)\"")]
    private static partial Regex TokenText();
}
