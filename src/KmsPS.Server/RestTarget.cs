using System.Buffers;
using System.Globalization;
using System.Text;

namespace KmsPS.Server;

/// <summary>
/// A request target as it came over the wire: path and query, undecoded. Kestrel's own path is of no use here: it resolves dot
/// segments and keeps <c>%2F</c>, both against what a Hadoop KMS does, as recorded in <c>tests/vectors/recorded/http</c>.
/// </summary>
internal readonly struct RestTarget
{
    // Names of keys and versions are shorter; anything longer comes from a pool.
    private const int StackLimit = 512;

    private static readonly SearchValues<char> Undecodable = SearchValues.Create("%+");

    private readonly string _raw;
    private readonly int _pathStart;
    private readonly int _pathEnd;

    private RestTarget(string raw, int pathStart, int pathEnd)
    {
        _raw = raw;
        _pathStart = pathStart;
        _pathEnd = pathEnd;
    }

    /// <summary>The path as sent, beginning with a slash.</summary>
    public ReadOnlySpan<char> Path => _raw.AsSpan(_pathStart, _pathEnd - _pathStart);

    /// <summary>The query as sent, without the question mark.</summary>
    public ReadOnlySpan<char> Query => _pathEnd < _raw.Length ? _raw.AsSpan(_pathEnd + 1) : default;

    /// <summary>Path and query as sent, without scheme and host where the absolute form was used.</summary>
    public ReadOnlySpan<char> PathAndQuery => _raw.AsSpan(_pathStart);

    /// <summary>
    /// Takes a raw target apart: the origin form <c>/path?query</c>, or the absolute form with scheme and host before it.
    /// </summary>
    /// <returns>
    /// <see langword="false"/> for what a servlet container refuses before anybody is asked to sign in: no path, a percent escape in
    /// the path that is none, and <c>%00</c> there.
    /// </returns>
    public static bool TryParse(string raw, out RestTarget target)
    {
        int start = 0;
        if (raw.Length == 0 || raw[0] != '/')
        {
            int scheme = raw.IndexOf("://", StringComparison.Ordinal);
            start = scheme < 0 ? -1 : raw.IndexOf('/', scheme + 3);
        }

        if (start < 0)
        {
            target = default;
            return false;
        }

        int end = raw.IndexOf('?', start);
        target = new RestTarget(raw, start, end < 0 ? raw.Length : end);
        return HasOnlyValidEscapes(target.Path);
    }

    /// <summary>
    /// The first parameter of that name, form-decoded; <see langword="null"/> when it is absent. Names are case-sensitive, and a name
    /// without <c>=</c> counts as absent.
    /// </summary>
    public string? Parameter(string name)
    {
        foreach (Range range in Query.Split('&'))
        {
            if (TryMatch(Query[range], name, out ReadOnlySpan<char> value))
            {
                return DecodeForm(value);
            }
        }

        return null;
    }

    /// <summary>Every parameter of that name, in the order sent.</summary>
    public List<string> Parameters(string name)
    {
        List<string> values = [];
        foreach (Range range in Query.Split('&'))
        {
            if (TryMatch(Query[range], name, out ReadOnlySpan<char> value))
            {
                values.Add(DecodeForm(value));
            }
        }

        return values;
    }

    /// <summary>Whether there is a parameter of that name, in whatever case.</summary>
    public bool HasParameter(string name)
    {
        foreach (Range range in Query.Split('&'))
        {
            ReadOnlySpan<char> pair = Query[range];
            int equals = pair.IndexOf('=');
            if (DecodeForm(equals < 0 ? pair : pair[..equals]).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A path variable: matrix parameters (<c>;…</c>) of each segment are left out, percent escapes are decoded once as UTF-8,
    /// a plus stays a plus. Bytes that are not UTF-8 become replacement characters.
    /// </summary>
    public static string DecodeVariable(ReadOnlySpan<char> encoded)
    {
        if (!encoded.Contains(';'))
        {
            return encoded.Contains('%') ? DecodePercent(encoded, plusIsBlank: false) : encoded.ToString();
        }

        char[] kept = ArrayPool<char>.Shared.Rent(encoded.Length);
        try
        {
            int length = WithoutMatrix(encoded, kept);
            return DecodePercent(kept.AsSpan(0, length), plusIsBlank: false);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(kept);
        }
    }

    /// <summary>The path without matrix parameters, still percent-encoded: what routes are matched on.</summary>
    public static int WithoutMatrix(ReadOnlySpan<char> path, Span<char> kept)
    {
        int length = 0;
        bool skipping = false;
        foreach (char c in path)
        {
            skipping = c != '/' && (skipping || c == ';');
            if (!skipping)
            {
                kept[length++] = c;
            }
        }

        return length;
    }

    private static bool TryMatch(ReadOnlySpan<char> pair, string name, out ReadOnlySpan<char> value)
    {
        int equals = pair.IndexOf('=');
        if (equals < 0)
        {
            value = default;
            return false;
        }

        value = pair[(equals + 1)..];
        ReadOnlySpan<char> key = pair[..equals];
        return key.SequenceEqual(name)
            || (key.ContainsAny(Undecodable) && string.Equals(DecodeForm(key), name, StringComparison.Ordinal));
    }

    private static string DecodeForm(ReadOnlySpan<char> encoded) =>
        encoded.ContainsAny(Undecodable) ? DecodePercent(encoded, plusIsBlank: true) : encoded.ToString();

    private static string DecodePercent(ReadOnlySpan<char> encoded, bool plusIsBlank)
    {
        int most = Encoding.UTF8.GetMaxByteCount(encoded.Length);
        byte[]? rented = most > StackLimit ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> bytes = rented ?? stackalloc byte[StackLimit];
        try
        {
            int length = 0;
            while (!encoded.IsEmpty)
            {
                if (encoded[0] == '%' && TryHexPair(encoded, out byte value))
                {
                    bytes[length++] = value;
                    encoded = encoded[3..];
                    continue;
                }

                // An escape that is none can only come from a query; it stands for itself there.
                int next = encoded[1..].IndexOfAny(Undecodable);
                ReadOnlySpan<char> plain = next < 0 ? encoded : encoded[..(next + 1)];
                if (plusIsBlank && plain[0] == '+')
                {
                    bytes[length++] = (byte)' ';
                    plain = plain[..1];
                }
                else
                {
                    length += Encoding.UTF8.GetBytes(plain, bytes[length..]);
                }

                encoded = encoded[plain.Length..];
            }

            return Encoding.UTF8.GetString(bytes[..length]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static bool HasOnlyValidEscapes(ReadOnlySpan<char> path)
    {
        int percent;
        while ((percent = path.IndexOf('%')) >= 0)
        {
            path = path[percent..];
            if (!TryHexPair(path, out byte value) || value == 0)
            {
                return false;
            }

            path = path[3..];
        }

        return true;
    }

    private static bool TryHexPair(ReadOnlySpan<char> escape, out byte value)
    {
        value = 0;
        return escape.Length >= 3
            && char.IsAsciiHexDigit(escape[1]) && char.IsAsciiHexDigit(escape[2])
            && byte.TryParse(escape.Slice(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
