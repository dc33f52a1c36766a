using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace KmsPS.Engine.Authentication;

/// <summary>A delegation token as it travels. SOURCE: Hadoop Token.encodeToUrlString, Token.readFields.</summary>
/// <param name="Identifier">What it says.</param>
/// <param name="Password">HMAC-SHA1 of the identifier under a master key, 20 bytes.</param>
/// <param name="Service">Whom it is for; empty unless the client asked for one.</param>
internal sealed record DelegationToken(TokenIdentifier Identifier, ReadOnlyMemory<byte> Password, string Service)
{
    /// <summary>The kind of every token that a KMS makes.</summary>
    public const string KindName = "kms-dt";

    /// <summary>What kind it says it is; nothing depends on it.</summary>
    public string Kind { get; init; } = KindName;

    // Far above any token that names could make; a longer text is refused before it is decoded.
    private const int Longest = 1 << 20;

    private static readonly SearchValues<char> UrlAlphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The text that clients carry: URL-safe Base64 without padding.</summary>
    public string Encode()
    {
        List<byte> bytes = [];
        WritableText.AppendBytes(bytes, Identifier.Encode());
        WritableText.AppendBytes(bytes, Password.Span);
        WritableText.AppendText(bytes, Kind);
        WritableText.AppendText(bytes, Service);
        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>
    /// Reads the text: either alphabet, padding optional, characters outside both skipped. Kind and trailing bytes are not looked at.
    /// </summary>
    /// <exception cref="TokenFormatException">It is no token.</exception>
    public static DelegationToken Decode(string text)
    {
        if (text.Length > Longest)
        {
            throw new TokenFormatException("java.io.EOFException", isNonsense: true);
        }

        WritableReader reader = new(Lenient(text));
        ReadOnlySpan<byte> identifier = reader.Bytes();
        ReadOnlySpan<byte> password = reader.Bytes();
        string kind = reader.Text();
        string service = reader.Text();
        return new DelegationToken(TokenIdentifier.Decode(identifier), password.ToArray(), service) { Kind = kind };
    }

    /// <summary>What it says, without the password.</summary>
    public override string ToString() => Identifier.ToString();

    private static byte[] Lenient(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(UrlAlphabet))
        {
            // What every client sends takes the framework's faster way.
            byte[] bytes = new byte[text.Length * 3 / 4];
            bool isWhole = Base64Url.DecodeFromChars(text, bytes, out _, out int written) == OperationStatus.Done && written == bytes.Length;
            return isWhole ? bytes : DecodeLoosely(text);
        }

        StringBuilder clean = new(text.Length);
        foreach (char c in text)
        {
            if (c == '=')
            {
                break;
            }

            char mapped = c switch { '+' => '-', '/' => '_', _ => c };
            if (UrlAlphabet.Contains(mapped))
            {
                clean.Append(mapped);
            }
        }

        return DecodeLoosely(clean.ToString());
    }

    // The framework's decoder refuses a leftover character and unused bits that are not zero; a stock server drops them.
    private static byte[] DecodeLoosely(string text)
    {
        byte[] bytes = new byte[text.Length * 3 / 4];
        int buffer = 0;
        int bits = 0;
        int length = 0;
        foreach (char c in text)
        {
            buffer = ((buffer << 6) | Digit(c)) & 0xFFFF;
            bits += 6;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[length++] = (byte)(buffer >> bits);
            }
        }

        return bytes.AsSpan(0, length).ToArray();
    }

    private static int Digit(char c) => c switch
    {
        >= 'A' and <= 'Z' => c - 'A',
        >= 'a' and <= 'z' => c - 'a' + 26,
        >= '0' and <= '9' => c - '0' + 52,
        '-' => 62,
        _ => 63,
    };
}
