using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Certificates;

/// <summary>
/// Which user a client certificate stands for: <c>kmsps.tls.client.rules</c>, one rule a line, the first that fits counts.
/// <c>WHAT PATTERN =&gt; USER</c>, where WHAT is <c>subject</c>, <c>cn</c>, <c>dns</c>, <c>email</c>, <c>uri</c> or <c>spiffe</c>, PATTERN a
/// regular expression that must fit the whole of it, and USER a text with <c>$1</c>, perhaps followed by <c>/L</c> for lower case.
/// </summary>
public sealed class ClientCertificateRules
{
    /// <summary>The property that holds them.</summary>
    public const string Property = "kmsps.tls.client.rules";

    private const int LongestUser = 255;

    private readonly IReadOnlyList<Rule> _rules;

    private ClientCertificateRules(IReadOnlyList<Rule> rules) => _rules = rules;

    /// <summary>Reads the rules.</summary>
    /// <returns><see langword="null"/> where there are none.</returns>
    /// <exception cref="ConfigurationException">A rule cannot be used: which, and why.</exception>
    public static ClientCertificateRules? Read(HadoopConfiguration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string[] lines = [.. (source.Get(Property) ?? "").Split('\n').Select(JavaText.Trim).Where(static line => line.Length > 0 && line[0] != '#')];
        return lines.Length == 0 ? null : new ClientCertificateRules([.. lines.Select((line, i) => Parse(line, i + 1, source))]);
    }

    /// <summary>The user a certificate stands for; <see langword="null"/> where no rule fits.</summary>
    /// <exception cref="CryptographicException">The certificate's names cannot be read.</exception>
    public string? UserOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ClientNames names = ClientNames.Of(certificate);
        foreach (Rule rule in _rules)
        {
            foreach (string text in rule.Texts(names))
            {
                // Rules that fit and make no name fit nothing.
                if (rule.Pattern.Match(text) is { Success: true } match && User(rule, match) is { } user)
                {
                    return user;
                }
            }
        }

        return null;
    }

    // A cookie cannot carry an ampersand, and no line a control character.
    private static string? User(Rule rule, Match match)
    {
        string made = match.Result(rule.User);
        string user = rule.IsLower ? made.ToLowerInvariant() : made;
        return user.Length is > 0 and <= LongestUser && !user.Contains('&', StringComparison.Ordinal) && !user.Any(char.IsControl) ? user : null;
    }

    private static Rule Parse(string line, int number, HadoopConfiguration source)
    {
        const string Arrow = "=>";
        int arrow = line.LastIndexOf(Arrow, StringComparison.Ordinal);
        int blank = line.AsSpan().IndexOfAny(' ', '\t');
        if (arrow < 0 || blank < 0 || blank > arrow)
        {
            throw Bad(source, number, line, "is not of the form WHAT PATTERN => USER");
        }

        string user = JavaText.Trim(line[(arrow + Arrow.Length)..]);
        bool isLower = user.EndsWith(" /L", StringComparison.Ordinal);
        user = isLower ? JavaText.Trim(user[..^2]) : user;
        string pattern = JavaText.Trim(line[blank..arrow]);
        if (user.Length == 0 || pattern.Length == 0)
        {
            throw Bad(source, number, line, user.Length == 0 ? "names no user" : "has no pattern");
        }

        Func<ClientNames, IEnumerable<string>> texts = line[..blank] switch
        {
            "subject" => static names => [names.Subject],
            "cn" => static names => names.CommonNames,
            "dns" => static names => names.Dns,
            "email" => static names => names.Emails,
            "uri" => static names => names.Uris,
            "spiffe" => static names => names.SpiffeId is { } id ? [id] : [],
            var what => throw Bad(source, number, line, $"begins with '{Keys.Printable.Text(what)}', which is none of subject, cn, dns, email, uri and spiffe"),
        };
        try
        {
            // No backtracking: a certificate from outside must not be able to keep a processor busy.
            Regex whole = new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            RequireGroups(user, whole, () => Bad(source, number, line, "uses a group that its pattern does not have"));
            return new Rule(texts, whole, user, isLower);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            throw Bad(source, number, line, $"has a pattern that cannot be used: {failure.Message}", failure);
        }
    }

    // .NET takes $3 for a text where there is no third group, and a user called "$3" is nobody's intention.
    private static void RequireGroups(string user, Regex pattern, Func<ConfigurationException> bad)
    {
        foreach (Match used in Regex.Matches(user, @"\$(?:\{(?<name>[^}]*)\}|(?<name>[0-9]+))|\$(?<odd>.?)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture))
        {
            if (!used.Groups["name"].Success || !pattern.GetGroupNames().Contains(used.Groups["name"].Value, StringComparer.Ordinal))
            {
                throw bad();
            }
        }
    }

    private static ConfigurationException Bad(HadoopConfiguration source, int number, string line, string problem, Exception? inner = null)
    {
        HadoopProperty property = source.Find(Property)!;
        return new ConfigurationException(
            string.Create(CultureInfo.InvariantCulture, $"Rule {number} of {Property}, '{Keys.Printable.Text(line)}', {problem}"),
            property.File,
            property.Line > 0 ? property.Line : null,
            property.Line > 0 ? property.Column : null,
            @"Write one rule a line, such as: spiffe spiffe://example\.org/ns/([a-z]+)/sa/([a-z-]+) => $2",
            inner);
    }

    private sealed record Rule(Func<ClientNames, IEnumerable<string>> Texts, Regex Pattern, string User, bool IsLower);
}
