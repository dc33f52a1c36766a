using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KmsPS.Engine.Certificates;

/// <summary>A distinguished name as text, most special part first, as RFC 4514 writes it.</summary>
/// <remarks>
/// Of the two ways that RFC 4514 has to write what has a meaning of its own, the hexadecimal one is used, and for <c>=</c> as well: a
/// comma in the text always ends a part, whatever a name holds. INVARIANT: no value can look like two parts.
/// </remarks>
internal static class DistinguishedName
{
    // SOURCE: RFC 4514 §3. Types that are not in this table are written by their number, their value as the bytes it is made of.
    private static readonly FrozenDictionary<string, string> Short = new Dictionary<string, string>
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.6"] = "C",
        ["2.5.4.9"] = "STREET",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["0.9.2342.19200300.100.1.1"] = "UID",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The text of a name, and the values of its <c>CN</c>, plain.</summary>
    /// <exception cref="CryptographicException">It is no name.</exception>
    internal static (string Text, IReadOnlyList<string> CommonNames) Read(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            List<string> parts = [];
            List<string> common = [];
            AsnReader name = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
            while (name.HasData)
            {
                AsnReader part = name.ReadSetOf(skipSortOrderValidation: true);
                List<string> values = [];
                while (part.HasData)
                {
                    values.Add(One(part.ReadSequence(), common));
                }

                parts.Add(string.Join('+', values));
            }

            parts.Reverse();
            return (string.Join(',', parts), common);
        }
        catch (AsnContentException broken)
        {
            throw new CryptographicException("A distinguished name in the certificate cannot be read.", broken);
        }
    }

    private static string One(AsnReader pair, List<string> common)
    {
        string type = pair.ReadObjectIdentifier();
        ReadOnlyMemory<byte> value = pair.PeekEncodedValue();
        if (!Short.TryGetValue(type, out string? name) || Text(pair) is not { } text)
        {
            return $"{type}=#{Convert.ToHexStringLower(value.Span)}";
        }

        if (name == "CN")
        {
            common.Add(text);
        }

        return $"{name}={Escape(text)}";
    }

    private static string? Text(AsnReader pair)
    {
        Asn1Tag tag = pair.PeekTag();
        return tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.BMPString or UniversalTagNumber.T61String
            ? pair.ReadCharacterString((UniversalTagNumber)tag.TagValue)
            : null;
    }

    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isEdge = (c == ' ' && (i == 0 || i == text.Length - 1)) || (c == '#' && i == 0);
            if (isEdge || c is '"' or '+' or ',' or ';' or '<' or '>' or '\\' or '=' or < ' ' or '\u007f')
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\{(int)c:X2}");
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }
}
