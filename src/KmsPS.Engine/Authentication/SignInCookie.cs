using System.Buffers;
using System.Globalization;
using KmsPS.Engine.Configuration;

namespace KmsPS.Engine.Authentication;

/// <summary>The <c>hadoop.auth</c> cookie as clients send and get it. SOURCE: Hadoop AuthenticationFilter.createAuthCookie.</summary>
/// <param name="settings">Its path, domain and persistence.</param>
/// <param name="isSecure">Whether it is for HTTPS alone.</param>
public sealed class SignInCookie(AuthenticationSettings settings, bool isSecure)
{
    private const string Name = "hadoop.auth";

    // What the container's cookie parser drops, and the whole cookie with it.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\",\\\t");

    /// <summary>Finds the cookie's value in a <c>Cookie</c> header: the first of that name, quoted or not.</summary>
    public static bool TryFind(ReadOnlySpan<char> header, out ReadOnlySpan<char> value)
    {
        while (!header.IsEmpty)
        {
            int end = header.IndexOf(';');
            ReadOnlySpan<char> pair = (end < 0 ? header : header[..end]).Trim(" \t");
            header = end < 0 ? default : header[(end + 1)..];
            int equals = pair.IndexOf('=');
            if (equals < 0 || !pair[..equals].TrimEnd(' ').SequenceEqual(Name))
            {
                continue;
            }

            value = pair[(equals + 1)..].TrimStart(' ');
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
            {
                value = value[1..^1];
            }

            if (!value.ContainsAny(Forbidden) && !value.ContainsAnyExceptInRange(' ', '~'))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The header that gives a client its cookie; <see langword="null"/> for a name that no header can carry.</summary>
    /// <param name="signed">The signed text.</param>
    /// <param name="expires">Milliseconds since 1970.</param>
    public string? Issue(string signed, long expires)
    {
        // Characters that are no byte of ISO-8859-1 become a blank, as in a stock server; such a cookie is refused when it comes back.
        string text = string.Create(signed.Length, signed, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[i] is '\n' or > '\u00FF' ? ' ' : from[i];
            }
        });
        return text.AsSpan().ContainsAnyInRange('\0', '\u001F') || text.Contains('\u007F', StringComparison.Ordinal) ? null : $"{Name}=\"{text}\"{Attributes(expires)}";
    }

    /// <summary>The header that takes a client's cookie away.</summary>
    public string Clear() => $"{Name}={Attributes(0)}";

    private string Attributes(long expires)
    {
        string path = settings.CookiePath is null ? "" : $"; Path={settings.CookiePath}";
        string domain = settings.CookieDomain is null ? "" : $"; Domain={settings.CookieDomain}";
        string ends = settings.IsCookiePersistent
            ? DateTimeOffset.FromUnixTimeMilliseconds(expires).ToString("'; Expires='ddd, dd-MMM-yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture)
            : "";
        return $"{path}{domain}{ends}{(isSecure ? "; Secure" : "")}; HttpOnly";
    }
}
