using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace KmsPS.HelpGenerator;

/// <summary>Writes a page: what the cmdlet says of itself anew, and the prose of the page as it was.</summary>
internal static class PageWriter
{
    private const int Width = 100;

    private const string CommonParameters = """
        This cmdlet supports the common parameters: -Debug, -ErrorAction, -ErrorVariable,
        -InformationAction, -InformationVariable, -OutBuffer, -OutVariable, -PipelineVariable,
        -ProgressAction, -Verbose, -WarningAction, and -WarningVariable. For more information, see
        [about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216).
        """;

    internal static string Write(CmdletFacts cmdlet, HelpPage? old)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $"---\ndocument type: cmdlet\nexternal help file: KmsPS.Cmdlets.dll-Help.xml\nHelpUri: '{cmdlet.HelpUri}'\nLocale: en-US\nModule Name: KmsPS\n");
        page.Append(CultureInfo.InvariantCulture, $"ms.date: {old?.FrontMatter.GetValueOrDefault("ms.date") ?? "11/22/2026"}\nPlatyPS schema version: 2024-05-01\ntitle: {cmdlet.Name}\n---\n\n# {cmdlet.Name}\n\n");
        Section(page, "SYNOPSIS", old?.Synopsis);
        page.Append("## SYNTAX\n\n");
        foreach (string set in cmdlet.Sets)
        {
            page.Append(CultureInfo.InvariantCulture, $"### {SetTitle(cmdlet, set)}\n\n```\n{Syntax(cmdlet, set)}\n```\n\n");
        }

        page.Append("## ALIASES\n\nThis cmdlet has no aliases.\n\n");
        Section(page, "DESCRIPTION", old is null ? null : string.Join("\n\n", old.Description));
        page.Append("## EXAMPLES\n\n");
        foreach (HelpExample example in old?.Examples ?? [])
        {
            page.Append(CultureInfo.InvariantCulture, $"### {example.Title}\n\n```powershell\n{example.Code}\n```\n\n");
            foreach (string remark in example.Remarks)
            {
                page.Append(Wrap(remark)).Append("\n\n");
            }
        }

        page.Append("## PARAMETERS\n\n");
        foreach (ParameterFacts parameter in cmdlet.Parameters)
        {
            HelpEntry? described = old?.Parameters.FirstOrDefault(one => one.Name == "-" + parameter.Name);
            string text = described?.Text is { Length: > 0 } kept ? kept : Usual(parameter.Name);
            page.Append(CultureInfo.InvariantCulture, $"### -{parameter.Name}\n\n{Wrap(text)}\n\n```yaml\n{Fence(parameter, described?.Default)}\n```\n\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"### CommonParameters\n\n{CommonParameters.ReplaceLineEndings("\n")}\n\n");
        Entries(page, "INPUTS", PageCheck.Inputs(cmdlet), old?.Inputs);
        Entries(page, "OUTPUTS", [.. cmdlet.Outputs.Select(static type => PageCheck.TypeName(type))], old?.Outputs);
        Section(page, "NOTES", old is null ? "" : string.Join("\n\n", old.Notes));
        page.Append("## RELATED LINKS\n\n");
        foreach ((string text, string uri) in old?.Links ?? [])
        {
            page.Append(CultureInfo.InvariantCulture, $"- [{text}]({uri})\n");
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    internal static string SetTitle(CmdletFacts cmdlet, string set) => set == ParameterAttribute.AllParameterSets ? "__AllParameterSets" : set == cmdlet.DefaultSet ? $"{set} (Default)" : set;

    /// <summary>The syntax line of a set, wrapped: positional parameters first, then the mandatory, then the others.</summary>
    internal static string Syntax(CmdletFacts cmdlet, string set)
    {
        StringBuilder text = new();
        int line = 0;
        foreach (string word in new[] { cmdlet.Name }.Concat(InOrder(cmdlet, set).Select(one => Word(one, one.In(set)))).Append("[<CommonParameters>]"))
        {
            if (line > 0 && line + 1 + word.Length > Width)
            {
                text.Append("\n ");
                line = 1;
            }

            text.Append(line > 0 ? " " : "").Append(word);
            line += word.Length + 1;
        }

        return text.ToString();
    }

    internal static IEnumerable<ParameterFacts> InOrder(CmdletFacts cmdlet, string set) => cmdlet.Parameters
        .Where(one => one.IsIn(set))
        .OrderBy(one => one.In(set).Position ?? int.MaxValue)
        .ThenByDescending(one => one.In(set).IsMandatory)
        .ThenBy(static one => one.Name is "WhatIf" or "Confirm")
        .ThenBy(static one => one.Name, StringComparer.Ordinal);

    /// <summary>The facts of a parameter as the schema's fence.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="given">Its default as the page has it: attributes do not tell one, so a test compares it with the real cmdlet's.</param>
    internal static string Fence(ParameterFacts parameter, string? given)
    {
        StringBuilder fence = new();
        fence.Append(CultureInfo.InvariantCulture, $"Type: {PageCheck.TypeName(parameter.Plain)}\nDefaultValue: {given ?? "''"}\nSupportsWildcards: {Bool(parameter.Wildcards)}\n");
        fence.Append(List("Aliases", parameter.Aliases)).Append("ParameterSets:\n");
        foreach (ParameterInSet one in parameter.Sets)
        {
            string name = one.Set == ParameterAttribute.AllParameterSets ? "(All)" : one.Set;
            string position = one.Position?.ToString(CultureInfo.InvariantCulture) ?? "Named";
            fence.Append(CultureInfo.InvariantCulture, $"- Name: {name}\n  Position: {position}\n  IsRequired: {Bool(one.IsMandatory)}\n  ValueFromPipeline: {Bool(one.ByValue)}\n");
            fence.Append(CultureInfo.InvariantCulture, $"  ValueFromPipelineByPropertyName: {Bool(one.ByPropertyName)}\n  ValueFromRemainingArguments: {Bool(one.Remaining)}\n");
        }

        return fence.Append("DontShow: false\n").Append(List("AcceptedValues", parameter.Values)).Append("HelpMessage: ''").ToString();
    }

    private static string Word(ParameterFacts parameter, ParameterInSet place)
    {
        string name = place.Position is null ? "-" + parameter.Name : $"[-{parameter.Name}]";
        string whole = parameter.IsSwitch ? name : $"{name} <{parameter.TypeLabel}>";
        return place.IsMandatory ? whole : $"[{whole}]";
    }

    private static string List(string name, IReadOnlyList<string> values) => values.Count == 0 ? $"{name}: []\n" : $"{name}:\n{string.Concat(values.Select(static one => $"- {one}\n"))}";

    private static string Bool(bool value) => value ? "true" : "false";

    private static void Section(StringBuilder page, string title, string? text) => page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{(string.IsNullOrEmpty(text) ? "" : string.Join("\n\n", text.Split("\n\n").Select(Wrap)) + "\n\n")}");

    private static void Entries(StringBuilder page, string title, IReadOnlyList<string> names, IReadOnlyList<HelpEntry>? old)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n");
        foreach (string name in names)
        {
            string text = old?.FirstOrDefault(one => one.Name == name)?.Text ?? "";
            page.Append(CultureInfo.InvariantCulture, $"### {name}\n\n{(text.Length == 0 ? "" : Wrap(text) + "\n\n")}");
        }
    }

    private static string Usual(string parameter) => parameter switch
    {
        "WhatIf" => "Shows what would happen and changes nothing.",
        "Confirm" => "Asks before each change.",
        "Provider" => "The connection to ask over: its name as `Get-KmsProvider` shows it, or a provider URI. Piped keys bring theirs along. Without either, the default connection is used, and without one of those the embedded store of the current user.",
        _ => "",
    };

    private static string Wrap(string text)
    {
        if (text.Contains('\n', StringComparison.Ordinal))
        {
            return string.Join('\n', text.Split('\n'));
        }

        StringBuilder wrapped = new();
        int line = 0;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool fresh = line > 0 && line + 1 + word.Length > Width;
            wrapped.Append(line == 0 ? "" : fresh ? "\n" : " ").Append(word);
            line = fresh ? word.Length : line + 1 + word.Length;
        }

        return wrapped.ToString();
    }
}
