using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsPS.Engine.Configuration;

namespace KmsPS.Server.Admin;

/// <summary>The text of <c>/conf</c>: the configuration in force, without anything that may be a secret.</summary>
/// <remarks>SOURCE: Hadoop ConfServlet and ConfigRedactor. A file that holds a secret may be named; a value may not be shown.</remarks>
internal sealed partial class ConfPage(HadoopConfiguration configuration)
{
    /// <summary>What stands where a value would.</summary>
    public const string Redacted = "<redacted>";

    /// <summary>One property, or all of them for an empty name; <see langword="null"/> when there is none of that name.</summary>
    public string? Render(string? name, bool asJson)
    {
        (HadoopProperty Property, string Value)[] shown =
        [
            .. configuration.WithPrefix("").Where(each => string.IsNullOrEmpty(name) || each.Property.Name == name)
                .OrderBy(static each => each.Property.Name, StringComparer.Ordinal),
        ];
        if (!string.IsNullOrEmpty(name) && shown.Length == 0)
        {
            return null;
        }

        return !asJson ? Xml(shown)
            : string.IsNullOrEmpty(name) ? $"{{\"properties\":[{string.Join(',', shown.Select(Json))}]}}"
            : $"{{\"property\":{Json(shown[0])}}}";
    }

    /// <summary>A value as it may be shown.</summary>
    public static string Show(string name, string value)
    {
        if (SecretName().IsMatch(name) && !FileName().IsMatch(name))
        {
            return Redacted;
        }

        // A password within a URI, or a pin or password among its parameters.
        return UriSecret().Replace(value, static found => found.Groups[1].Value + Redacted);
    }

    private static string Xml(IEnumerable<(HadoopProperty Property, string Value)> properties)
    {
        StringBuilder text = new("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><configuration>\n");
        foreach ((HadoopProperty property, string value) in properties)
        {
            text.Append("<property><name>").Append(Escape(property.Name)).Append("</name><value>").Append(Escape(Show(property.Name, value)))
                .Append("</value><final>").Append(property.IsFinal ? "true" : "false").Append("</final><source>").Append(Escape(Source(property))).Append("</source></property>\n");
        }

        return text.Append("</configuration>").ToString();
    }

    private static string Json((HadoopProperty Property, string Value) each) =>
        $"{{\"key\":{Quote(each.Property.Name)},\"value\":{Quote(Show(each.Property.Name, each.Value))},\"isFinal\":{(each.Property.IsFinal ? "true" : "false")},\"resource\":{Quote(Source(each.Property))}}}";

    private static string Source(HadoopProperty property) => Path.IsPathRooted(property.File) ? $"file:{property.File}" : property.File;

    private static string Quote(string text) => JsonSerializer.Serialize(text);

    // XML knows no escape for most control characters.
    private static string Escape(string text) => SecurityElement.Escape(Control().Replace(text, "\uFFFD"));

    [GeneratedRegex("secret|passw|credential|token(?!\\.(validity|max-lifetime|renew|cleanup))|fs.s3.*key|access.*key|private.?key|(^|[.-])(pin|key|material|pw|pwd|passphrase)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex("([.-]file|[.-]path|[.-]provider|[.-]provider\\.path|[.-]enabled?)$", RegexOptions.IgnoreCase)]
    private static partial Regex FileName();

    [GeneratedRegex("(://[^/@:\\s]*:|[?&;](?:[a-z-]*passw[a-z]*|pin-value|[a-z-]*secret[a-z-]*|pwd)=)([^@&;\\s]+)(?=@|&|;|\\s|$)", RegexOptions.IgnoreCase)]
    private static partial Regex UriSecret();

    [GeneratedRegex("[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]")]
    private static partial Regex Control();
}
