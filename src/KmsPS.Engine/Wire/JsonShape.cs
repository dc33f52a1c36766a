using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Wire;

/// <summary>Reads one value; the reader stands on its first token.</summary>
internal delegate T JsonReading<out T>(ref Utf8JsonReader json);

/// <summary>
/// Reads JSON strictly in form and leniently in content, as a stock server does: a byte-order mark before and any text after the
/// value are accepted, unknown members ignored, of duplicates the last one counts. Every refusal names the member and what was
/// expected of it, and never quotes what was sent.
/// </summary>
internal static class JsonShape
{
    /// <summary>Deepest nesting; what clients send is three deep.</summary>
    internal const int MaxDepth = 8;

    /// <summary>Longest text of one member, in characters.</summary>
    internal const int MaxText = 16 * 1024;

    private const int StackLimit = 512;
    private const string Remedy = "Send JSON as the documentation of the REST interface shows it.";

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads a whole body.</summary>
    /// <exception cref="KmsException"><see cref="ErrorKind.InvalidRequest"/>.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> body, JsonReading<T> reading)
    {
        if (body.StartsWith("\uFEFF"u8))
        {
            body = body[3..];
        }

        if (body.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new KmsException(ErrorKind.InvalidRequest, "A JSON body is required, but the body is empty", Remedy);
        }

        if (!Utf8.IsValid(body))
        {
            throw new KmsException(ErrorKind.InvalidRequest, "The body is not valid UTF-8", Remedy);
        }

        Utf8JsonReader json = new(body, Options);
        try
        {
            json.Read();
            return reading(ref json);
        }
        catch (JsonException broken)
        {
            throw new KmsException(
                ErrorKind.InvalidRequest,
                string.Create(CultureInfo.InvariantCulture, $"The body is not valid JSON, at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}"),
                Remedy);
        }
        catch (InvalidOperationException)
        {
            // What Utf8JsonReader throws for a text with an escaped surrogate that has no partner.
            throw new KmsException(ErrorKind.InvalidRequest, "A text in the body has an unpaired surrogate", Remedy);
        }
    }

    internal static bool Is(ref Utf8JsonReader json, ReadOnlySpan<byte> member) => json.ValueTextEquals(member);

    /// <summary>Moves to the next member's name; <see langword="false"/> at the object's end.</summary>
    internal static bool NextMember(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    internal static void SkipMember(ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }

    internal static void RequireObject(ref Utf8JsonReader json, string what)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong(what, "an object", json.TokenType);
        }
    }

    /// <summary>The member's text, or <see langword="null"/>.</summary>
    internal static string? Text(ref Utf8JsonReader json, string member)
    {
        json.Read();
        return TextHere(ref json, member);
    }

    internal static string? TextHere(ref Utf8JsonReader json, string member)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        RequireText(ref json, member);
        string text = json.GetString()!;
        return text.Length <= MaxText
            ? text
            : throw new KmsException(ErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"Member '{member}' has {text.Length} characters; at most {MaxText} are taken"), "Send less.");
    }

    /// <summary>The member's number, which must be there and be a whole one of 32 bits.</summary>
    internal static int Integer(ref Utf8JsonReader json, string member)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value)
            ? value
            : throw Wrong($"Member '{member}'", "an integer of 32 bits", json.TokenType);
    }

    /// <summary>As <see cref="Integer"/>, of 64 bits.</summary>
    internal static long Long(ref Utf8JsonReader json, string member)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long value)
            ? value
            : throw Wrong($"Member '{member}'", "an integer of 64 bits", json.TokenType);
    }

    /// <summary>The member's object of texts; an empty one for <c>null</c>.</summary>
    internal static FrozenDictionary<string, string> Texts(ref Utf8JsonReader json, string member)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return FrozenDictionary<string, string>.Empty;
        }

        RequireObject(ref json, $"Member '{member}'");
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        while (NextMember(ref json))
        {
            string name = json.GetString()!;
            string of = $"{member}.{Printable.Text(name)}";
            pairs[name] = Text(ref json, of) ?? throw Wrong($"Member '{of}'", "a string", JsonTokenType.Null);
        }

        return pairs.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The member's Base64, which is not secret, or <see langword="null"/>.</summary>
    internal static byte[]? Bytes(ref Utf8JsonReader json, string member)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        RequireText(ref json, member);
        if (!json.ValueIsEscaped)
        {
            return LenientBase64.Decode(json.ValueSpan);
        }

        byte[] plain = new byte[json.ValueSpan.Length];
        return LenientBase64.Decode(plain.AsSpan(0, json.CopyString(plain)));
    }

    /// <summary>The member's Base64, which is key material, or <see langword="null"/>.</summary>
    internal static SecretBytes? Secret(ref Utf8JsonReader json, string member)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        RequireText(ref json, member);
        if (!json.ValueIsEscaped)
        {
            return LenientBase64.DecodeSecret(json.ValueSpan);
        }

        int length = json.ValueSpan.Length;
        Span<byte> plain = length <= StackLimit ? stackalloc byte[length] : new byte[length];
        try
        {
            return LenientBase64.DecodeSecret(plain[..json.CopyString(plain)]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>A key name in an answer.</summary>
    internal static KeyName Name(string? text) => KeyName.Parse(text ?? throw Missing("name"));

    /// <summary>SOURCE: Hadoop KMSUtil.checkNotNull.</summary>
    internal static KmsException Missing(string parameter) => new(ErrorKind.InvalidRequest, $"Parameter '{parameter}' cannot be null", "Send it.");

    /// <summary>A value of a wrong type.</summary>
    internal static KmsException Wrong(string what, string expected, JsonTokenType found) =>
        new(ErrorKind.InvalidRequest, $"{what} must be {expected}, but is {Describe(found)}", Remedy);

    private static void RequireText(ref Utf8JsonReader json, string member)
    {
        if (json.TokenType != JsonTokenType.String)
        {
            throw Wrong($"Member '{member}'", "a string", json.TokenType);
        }
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "another number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        _ => "null",
    };
}
