using System.Text;

namespace KmsPS.HelpGenerator;

/// <summary>Turns an about page into the text that the shell prints: no markup, paragraphs wrapped, code as it stands.</summary>
internal static class AboutTopic
{
    private const int Width = 80;
    private const string Indent = "    ";

    internal static string Write(string markdown)
    {
        StringBuilder text = new();
        bool code = false;
        List<string> paragraph = [];
        foreach (string line in markdown.ReplaceLineEndings("\n").Split('\n'))
        {
            bool fence = line.StartsWith("```", StringComparison.Ordinal);
            if (code && !fence)
            {
                text.Append(Indent).Append(Indent).Append(line).Append('\n');
                continue;
            }

            bool whole = line.Length == 0 || fence || line[0] is '#' or '|';
            if (whole || line.StartsWith("- ", StringComparison.Ordinal))
            {
                Flush(text, paragraph);
            }

            if (fence)
            {
                code = !code;
                text.Append(code ? "" : "\n");
            }
            else if (line.StartsWith('#'))
            {
                string title = line.TrimStart('#').Trim();
                text.Append(line.StartsWith("# ", StringComparison.Ordinal) ? $"TOPIC\n{Indent}{title}\n" : title.ToUpperInvariant()).Append('\n');
            }
            else if (line.StartsWith('|'))
            {
                text.Append(Indent).Append(HelpPage.Strip(line)).Append('\n');
            }
            else if (line.Length > 0)
            {
                paragraph.Add(line.Trim());
            }
        }

        Flush(text, paragraph);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Flush(StringBuilder text, List<string> paragraph)
    {
        if (paragraph.Count == 0)
        {
            return;
        }

        string hang = paragraph[0].StartsWith("- ", StringComparison.Ordinal) ? Indent + "  " : Indent;
        int line = 0;
        foreach (string word in HelpPage.Strip(string.Join(' ', paragraph)).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool fresh = line == 0 || line + 1 + word.Length > Width;
            text.Append(line == 0 ? Indent : fresh ? "\n" + hang : " ").Append(word);
            line = fresh ? hang.Length + word.Length : line + 1 + word.Length;
        }

        text.Append("\n\n");
        paragraph.Clear();
    }
}
