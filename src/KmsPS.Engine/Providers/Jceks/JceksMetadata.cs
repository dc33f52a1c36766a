using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>The JSON text inside a metadata pseudo-key.</summary>
/// <remarks>SOURCE: Hadoop KeyProvider.Metadata.serialize and its constructor from bytes; measured.</remarks>
internal static class JceksMetadata
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Compact, with absent fields left out: the reader refuses a null.</summary>
    internal static byte[] Write(KeyMetadata key)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Plain))
        {
            json.WriteStartObject();
            if (key.Cipher.Value.Length > 0)
            {
                json.WriteString("cipher"u8, key.Cipher.Value);
            }

            if (key.BitLength != 0)
            {
                json.WriteNumber("bitLength"u8, key.BitLength);
            }

            json.WriteNumber("created"u8, key.Created.ToUnixTimeMilliseconds());
            if (key.Description is { } description)
            {
                json.WriteString("description"u8, description);
            }

            if (key.Attributes.Count > 0)
            {
                json.WriteStartObject("attributes"u8);
                foreach ((string name, string value) in key.Attributes)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            json.WriteNumber("versions"u8, key.Versions);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Any order, numbers for texts and texts for numbers, a field twice (the last wins), text after the object.</summary>
    /// <exception cref="FormatException">No object, an unknown field, or a null.</exception>
    internal static KeyMetadata Read(KeyName name, ReadOnlySpan<byte> text)
    {
        string cipher = "";
        string? description = null;
        long bits = 0;
        long created = 0;
        long versions = 0;
        Dictionary<string, string> attributes = new(StringComparer.Ordinal);
        try
        {
            Utf8JsonReader json = new(text);
            Require(json.Read() && json.TokenType == JsonTokenType.StartObject, "its description is no JSON object");
            while (json.Read() && json.TokenType != JsonTokenType.EndObject)
            {
                string field = json.GetString() ?? "";
                Require(json.Read(), "its description is cut off");
                switch (field)
                {
                    case "cipher": cipher = Text(json, field); break;
                    case "bitLength": bits = Number(json, field); break;
                    case "created": created = Number(json, field); break;
                    case "description": description = Text(json, field); break;
                    case "versions": versions = Number(json, field); break;
                    case "attributes": ReadAttributes(ref json, attributes); break;
                    default: throw new FormatException($"its description has an unknown field '{Printable.Text(field)}'");
                }
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair.
            throw new FormatException("its description is no JSON text", broken);
        }

        return new KeyMetadata(name, new CipherName(cipher), checked((int)bits), description, attributes.ToFrozenDictionary(StringComparer.Ordinal), DateTimeOffset.FromUnixTimeMilliseconds(created), checked((int)versions));
    }

    private static void ReadAttributes(ref Utf8JsonReader json, Dictionary<string, string> attributes)
    {
        Require(json.TokenType == JsonTokenType.StartObject, "in its description, 'attributes' is no object");
        attributes.Clear();
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string field = json.GetString() ?? "";
            Require(json.Read(), "its description is cut off");
            attributes[field] = Text(json, field);
        }
    }

    private static string Text(in Utf8JsonReader json, string field) => json.TokenType switch
    {
        JsonTokenType.String => json.GetString() ?? "",
        JsonTokenType.Number => Encoding.UTF8.GetString(json.ValueSpan),
        _ => throw new FormatException($"in its description, '{Printable.Text(field)}' is {(json.TokenType == JsonTokenType.Null ? "null" : "no text")}"),
    };

    private static long Number(in Utf8JsonReader json, string field) =>
        json.TokenType is JsonTokenType.String or JsonTokenType.Number
        && decimal.TryParse(json.TokenType == JsonTokenType.String ? json.GetString() : Encoding.UTF8.GetString(json.ValueSpan), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value)
        && value == decimal.Truncate(value) && value is >= -62135596800000m and <= 253402300799999m
            ? (long)value
            : throw new FormatException($"in its description, '{Printable.Text(field)}' is no number, or one out of range");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FormatException(otherwise);
        }
    }
}
