using System.Globalization;
using System.Xml;

namespace KmsPS.HelpGenerator;

/// <summary>Writes the help file that PowerShell reads. The reader goes by local names; what it prints is what stands in the attributes.</summary>
internal sealed class MamlWriter(XmlWriter xml)
{
    private const string Maml = "http://schemas.microsoft.com/maml/2004/10";
    private const string Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private const string Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    internal static void Write(string file, IReadOnlyList<CmdletFacts> cmdlets, IReadOnlyList<HelpPage> pages)
    {
        XmlWriterSettings settings = new() { Indent = true, NewLineChars = "\n", Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        using XmlWriter xml = XmlWriter.Create(file, settings);
        MamlWriter writer = new(xml);
        xml.WriteStartElement("helpItems", "http://msh");
        xml.WriteAttributeString("schema", "maml");
        for (int i = 0; i < cmdlets.Count; i++)
        {
            writer.One(cmdlets[i], pages[i]);
        }

        xml.WriteEndElement();
    }

    private void One(CmdletFacts cmdlet, HelpPage page)
    {
        Open("command", "command", Command);
        xml.WriteAttributeString("xmlns", "maml", null, Maml);
        xml.WriteAttributeString("xmlns", "dev", null, Dev);
        Open("command", "details", Command);
        Text("command", "name", Command, cmdlet.Name);
        Paragraphs("description", [page.Synopsis]);
        Text("command", "verb", Command, cmdlet.Verb);
        Text("command", "noun", Command, cmdlet.Noun);
        xml.WriteEndElement();
        Paragraphs("description", page.Description);
        Syntax(cmdlet, page);
        Open("command", "parameters", Command);
        foreach (ParameterFacts parameter in cmdlet.Parameters)
        {
            Parameter(parameter, parameter.Sets[0], page, inSyntax: false);
        }

        xml.WriteEndElement();
        Types("inputTypes", "inputType", page.Inputs);
        Types("returnValues", "returnValue", page.Outputs);
        Open("maml", "alertSet", Maml);
        Paragraphs("alert", page.Notes);
        xml.WriteEndElement();
        Examples(page);
        Links(cmdlet, page);
        xml.WriteEndElement();
    }

    private void Syntax(CmdletFacts cmdlet, HelpPage page)
    {
        Open("command", "syntax", Command);
        foreach (string set in cmdlet.Sets)
        {
            Open("command", "syntaxItem", Command);
            Text("maml", "name", Maml, cmdlet.Name);
            foreach (ParameterFacts parameter in PageWriter.InOrder(cmdlet, set))
            {
                Parameter(parameter, parameter.In(set), page, inSyntax: true);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private void Parameter(ParameterFacts parameter, ParameterInSet place, HelpPage page, bool inSyntax)
    {
        Open("command", "parameter", Command);
        xml.WriteAttributeString("required", Bool(place.IsMandatory));
        xml.WriteAttributeString("variableLength", Bool(parameter.Plain.IsArray));
        xml.WriteAttributeString("globbing", Bool(parameter.Wildcards));
        xml.WriteAttributeString("pipelineInput", (place.ByValue, place.ByPropertyName) switch
        {
            (true, true) => "True (ByPropertyName, ByValue)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        });
        xml.WriteAttributeString("position", place.Position?.ToString(CultureInfo.InvariantCulture) ?? "named");
        xml.WriteAttributeString("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases));
        Text("maml", "name", Maml, parameter.Name);
        HelpEntry described = page.Parameters.First(one => one.Name == "-" + parameter.Name);
        Paragraphs("description", described.Text.Split("\n\n"));
        if (inSyntax && parameter.Values.Count > 0)
        {
            Open("command", "parameterValueGroup", Command);
            foreach (string value in parameter.Values)
            {
                Value(value, parameter, required: "false");
            }

            xml.WriteEndElement();
        }
        else if (!parameter.IsSwitch)
        {
            Value(parameter.TypeLabel, parameter, required: "true");
        }

        Open("dev", "type", Dev);
        Text("maml", "name", Maml, parameter.IsSwitch ? "SwitchParameter" : parameter.TypeLabel);
        xml.WriteEndElement();
        Text("dev", "defaultValue", Dev, parameter.IsSwitch ? "False" : described.Default?.Trim('\'') ?? "None");
        xml.WriteEndElement();
    }

    private void Value(string text, ParameterFacts parameter, string required)
    {
        Open("command", "parameterValue", Command);
        xml.WriteAttributeString("required", required);
        xml.WriteAttributeString("variableLength", Bool(parameter.Plain.IsArray));
        xml.WriteString(text);
        xml.WriteEndElement();
    }

    private void Types(string group, string one, IReadOnlyList<HelpEntry> entries)
    {
        Open("command", group, Command);
        foreach (HelpEntry entry in entries)
        {
            Open("command", one, Command);
            Open("dev", "type", Dev);
            Text("maml", "name", Maml, entry.Name);
            xml.WriteEndElement();
            Paragraphs("description", [entry.Text]);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private void Examples(HelpPage page)
    {
        Open("command", "examples", Command);
        foreach (HelpExample example in page.Examples)
        {
            Open("command", "example", Command);
            Text("maml", "title", Maml, $"---------- {example.Title} ----------");
            Text("dev", "code", Dev, example.Code);
            Open("dev", "remarks", Dev);
            foreach (string remark in example.Remarks)
            {
                Text("maml", "para", Maml, HelpPage.Strip(remark));
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private void Links(CmdletFacts cmdlet, HelpPage page)
    {
        Open("command", "relatedLinks", Command);
        (string, string)[] online = cmdlet.HelpUri is { } address ? [("Online Version", address)] : [];
        foreach ((string text, string uri) in online.Concat(page.Links))
        {
            Open("maml", "navigationLink", Maml);
            Text("maml", "linkText", Maml, HelpPage.Strip(text));
            Text("maml", "uri", Maml, uri.StartsWith("https:", StringComparison.Ordinal) ? uri : "");
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private void Paragraphs(string element, IEnumerable<string> paragraphs)
    {
        Open("maml", element, Maml);
        foreach (string paragraph in paragraphs)
        {
            Text("maml", "para", Maml, HelpPage.Strip(paragraph));
        }

        xml.WriteEndElement();
    }

    private void Open(string prefix, string name, string space) => xml.WriteStartElement(prefix, name, space);

    private void Text(string prefix, string name, string space, string text) => xml.WriteElementString(prefix, name, space, text);

    private static string Bool(bool value) => value ? "true" : "false";
}
