using System.Buffers;
using System.Globalization;
using System.Text;

namespace KmsPS.Engine.Authentication;

/// <summary>The parameters of a query that sign-in looks at, form-decoded. A name without <c>=</c> counts as absent; of several the first counts.</summary>
/// <param name="UserName"><c>user.name</c>: who a caller of simple authentication claims to be.</param>
/// <param name="DoAs"><c>doAs</c> in any case: for whom the caller acts.</param>
/// <param name="Delegation"><c>delegation</c>: a delegation token.</param>
/// <param name="Operation"><c>op</c>: an operation on tokens, among other things.</param>
/// <param name="Renewer"><c>renewer</c> of a new token.</param>
/// <param name="Token"><c>token</c> that is renewed or cancelled.</param>
/// <param name="Service"><c>service</c> of a new token.</param>
/// <remarks>SOURCE: Hadoop ServletUtils.getParameter, HttpExceptionUtils; recorded: pairs end at <c>&amp;</c> or <c>;</c>, the query at <c>#</c>.</remarks>
public readonly record struct SignInParameters(
    string? UserName, string? DoAs, string? Delegation, string? Operation, string? Renewer, string? Token, string? Service)
{
    private static readonly SearchValues<char> Separators = SearchValues.Create("&;");
    private static readonly SearchValues<char> Encoded = SearchValues.Create("%+");

    /// <summary>Reads a query as it was sent, without the question mark. Allocates nothing where no such parameter is in it.</summary>
    public static SignInParameters Parse(ReadOnlySpan<char> query)
    {
        SignInParameters found = default;
        int fragment = query.IndexOf('#');
        query = fragment < 0 ? query : query[..fragment];
        while (!query.IsEmpty)
        {
            int end = query.IndexOfAny(Separators);
            ReadOnlySpan<char> pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            int equals = pair.IndexOf('=');
            if (equals > 0)
            {
                found = found.With(pair[..equals], pair[(equals + 1)..]);
            }
        }

        return found;
    }

    private SignInParameters With(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.ContainsAny(Encoded))
        {
            name = Decode(name);
        }

        return name switch
        {
            "user.name" => this with { UserName = UserName ?? Decode(value) },
            "delegation" => this with { Delegation = Delegation ?? Decode(value) },
            "op" => this with { Operation = Operation ?? Decode(value) },
            "renewer" => this with { Renewer = Renewer ?? Decode(value) },
            "token" => this with { Token = Token ?? Decode(value) },
            "service" => this with { Service = Service ?? Decode(value) },
            { Length: 4 } when name.Equals("doAs", StringComparison.OrdinalIgnoreCase) => this with { DoAs = DoAs ?? Decode(value) },
            _ => this,
        };
    }

    // An escape that is none stands for itself; bytes that are not UTF-8 become U+FFFD.
    private static string Decode(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny(Encoded))
        {
            return text.ToString();
        }

        ArrayBufferWriter<byte> bytes = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.GetSpan(1)[0] = value;
                bytes.Advance(1);
                i += 2;
                continue;
            }

            ReadOnlySpan<char> one = text[i] == '+' ? " " : text.Slice(i, char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1);
            Encoding.UTF8.GetBytes(one, bytes);
            i += one.Length - 1;
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
