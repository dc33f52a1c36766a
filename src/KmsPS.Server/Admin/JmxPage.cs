using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KmsPS.Server.Admin;

/// <summary>The text of <c>/jmx</c>, with Hadoop's two queries.</summary>
/// <remarks>SOURCE: Hadoop JMXJsonServlet and recorded/jmx: faults are told in an answer of status 200.</remarks>
internal sealed class JmxPage(IReadOnlyList<JmxBean> beans)
{
    /// <summary>Answers a query.</summary>
    /// <param name="get"><c>NAME::ATTRIBUTE</c>; goes before <paramref name="query"/>.</param>
    /// <param name="query">A pattern of object names; none or an empty one for all.</param>
    public string Render(string? get, string? query)
    {
        if (get is not null)
        {
            string[] parts = get.Split("::");
            return parts is [{ Length: > 0 } name, { Length: > 0 } attribute]
                ? Render(ObjectNamePattern.Parse(name), attribute)
                : "{\n  \"result\" : \"ERROR\",\n  \"message\" : \"query format is not as expected.\"\n}";
        }

        return Render(ObjectNamePattern.Parse(string.IsNullOrEmpty(query) ? "*:*" : query), attribute: null);
    }

    private string Render(ObjectNamePattern? pattern, string? attribute)
    {
        if (pattern is null)
        {
            return "{ }";
        }

        StringBuilder text = new("{\n  \"beans\" : [ ");
        string separator = "";
        foreach (JmxBean bean in beans.Where(bean => pattern.Matches(bean.Name)))
        {
            text.Append(separator).Append('{');
            separator = ", ";
            Append(text, "name", bean.Name, "");
            Append(text, "modelerType", bean.ModelerType, ",");
            AppendAttributes(text, bean.Read(), attribute);
            text.Append("\n  }");
        }

        return text.Append(separator.Length > 0 ? " ]\n}" : "]\n}").ToString();
    }

    private static void AppendAttributes(StringBuilder text, IReadOnlyList<KeyValuePair<string, object?>> attributes, string? wanted)
    {
        if (wanted is not null && attributes.All(one => one.Key != wanted))
        {
            Append(text, "result", "ERROR", ",");
            Append(text, "message", $"No attribute with name {wanted} was found.", ",");
            return;
        }

        foreach ((string name, object? value) in attributes)
        {
            if (wanted is null || name == wanted)
            {
                Append(text, name, value, ",");
            }
        }
    }

    private static void Append(StringBuilder text, string name, object? value, string comma) =>
        text.Append(comma).Append("\n    ").Append(Quote(name)).Append(" : ").Append(Value(value));

    // As Java prints numbers: a floating-point one always shows that it is one.
    private static string Value(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        double number when !double.IsFinite(number) => $"\"{(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity")}\"",
        double number => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Quote((string)value),
    };

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
