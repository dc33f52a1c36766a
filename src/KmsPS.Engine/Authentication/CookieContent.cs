using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace KmsPS.Engine.Authentication;

/// <summary>What a signed cookie says. SOURCE: Hadoop AuthToken.parse, AuthToken.generateToken.</summary>
/// <param name="User">Names the caller in token operations.</param>
/// <param name="Principal">Whom it stands for, once put through the name rules.</param>
/// <param name="Type">The scheme that issued it: <c>simple-dt</c> or <c>kerberos-dt</c>.</param>
/// <param name="Expires">Milliseconds since 1970; -1 for never.</param>
/// <param name="InactiveAfter">Milliseconds since 1970; -1 for never.</param>
internal sealed record CookieContent(string User, string Principal, string Type, long Expires, long InactiveAfter = -1)
{
    /// <summary>The text that is signed.</summary>
    public string Format() => InactiveAfter == -1
        ? string.Create(CultureInfo.InvariantCulture, $"u={User}&p={Principal}&t={Type}&e={Expires}")
        : string.Create(CultureInfo.InvariantCulture, $"u={User}&p={Principal}&t={Type}&i={InactiveAfter}&e={Expires}");

    /// <summary>Whether it had ended by <paramref name="now"/> (milliseconds since 1970).</summary>
    public bool IsExpired(long now) => (Expires != -1 && now > Expires) || (InactiveAfter != -1 && now > InactiveAfter);

    /// <summary>Reads the text that was signed.</summary>
    /// <param name="text">Fields in any order; unknown and doubled ones are accepted, of doubled ones the last counts.</param>
    /// <param name="content">What it says.</param>
    /// <param name="problem">Hadoop's text for what is wrong.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out CookieContent? content, [NotNullWhen(false)] out string? problem)
    {
        string? user = null;
        string? principal = null;
        string? type = null;
        string? expires = null;
        string? inactive = null;
        content = null;
        foreach (Range range in text.Split('&'))
        {
            ReadOnlySpan<char> field = text[range];
            if (field.IsEmpty)
            {
                continue;
            }

            int equals = field.IndexOf('=');
            if (equals < 0)
            {
                problem = "Invalid authentication token";
                return false;
            }

            string value = field[(equals + 1)..].ToString();
            _ = field[..equals] switch
            {
                "u" => user = value,
                "p" => principal = value,
                "t" => type = value,
                "e" => expires = value,
                "i" => inactive = value,
                _ => null,
            };
        }

        if (user is null || principal is null || type is null || expires is null)
        {
            problem = "Invalid token string, missing attributes";
            return false;
        }

        // A stock server answers 500 to these, whatever else was sent; nobody without the secret can make one.
        long ends = -1;
        long rests = -1;
        bool isSound = user.Length > 0 && principal.Length > 0 && type.Length > 0
            && long.TryParse(expires, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ends)
            && (inactive is null || long.TryParse(inactive, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out rests));
        content = isSound ? new CookieContent(user, principal, type, ends, inactive is null ? -1 : rests) : null;
        problem = isSound ? null : "Invalid authentication token";
        return isSound;
    }
}
