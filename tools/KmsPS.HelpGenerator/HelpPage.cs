using Markdig;
using Markdig.Syntax;
using YamlDotNet.Serialization;

namespace KmsPS.HelpGenerator;

/// <summary>An example: its title, its first fence, and the prose around it.</summary>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<string> Remarks);

/// <summary>A described name: a parameter with its fence, an input, an output.</summary>
internal sealed record HelpEntry(string Name, string Text, string? Fence)
{
    private const string DefaultKey = "DefaultValue: ";

    /// <summary>The value without the parameter, as the fence writes it; <see langword="null"/> where it has none.</summary>
    internal string? Default => Fence?.Split('\n').FirstOrDefault(static line => line.StartsWith(DefaultKey, StringComparison.Ordinal)) is { } line && line[DefaultKey.Length..] is var value and not "''" ? value : null;
}

/// <summary>One page of docs/help, in platyPS's 2024-05-01 schema.</summary>
internal sealed class HelpPage
{
    private readonly string _source;
    private readonly List<(int Level, string Title, List<Block> Body)> _sections = [];

    private HelpPage(string source)
    {
        _source = source.ReplaceLineEndings("\n");
        int end = _source.IndexOf("\n---\n", 4, StringComparison.Ordinal);
        FrontMatter = new DeserializerBuilder().Build().Deserialize<Dictionary<string, string>>(_source[4..end]);
        _source = _source[(end + 5)..];
        foreach (Block block in Markdown.Parse(_source))
        {
            if (block is HeadingBlock heading)
            {
                _sections.Add((heading.Level, Slice(heading).TrimStart('#').Trim(), []));
            }
            else if (_sections.Count > 0)
            {
                _sections[^1].Body.Add(block);
            }
        }
    }

    /// <summary>The keys between the dashes.</summary>
    internal IReadOnlyDictionary<string, string> FrontMatter { get; }

    internal string Title => FrontMatter.GetValueOrDefault("title", "");

    internal string Synopsis => string.Join("\n\n", Prose("SYNOPSIS"));

    internal IReadOnlyList<string> Description => Prose("DESCRIPTION");

    internal IReadOnlyList<string> Notes => Prose("NOTES");

    internal IReadOnlyList<HelpExample> Examples =>
    [
        .. Under("EXAMPLES").Select(section => new HelpExample(
            section.Title,
            section.Body.OfType<FencedCodeBlock>().FirstOrDefault() is { } code ? Code(code) : "",
            [.. section.Body.Where(block => block != section.Body.OfType<FencedCodeBlock>().FirstOrDefault()).Select(Text)])),
    ];

    internal IReadOnlyList<HelpEntry> Parameters => Entries("PARAMETERS");

    internal IReadOnlyList<HelpEntry> Inputs => Entries("INPUTS");

    internal IReadOnlyList<HelpEntry> Outputs => Entries("OUTPUTS");

    /// <summary>Syntax fences by the title of their set.</summary>
    internal IReadOnlyList<HelpEntry> Syntax => Entries("SYNTAX");

    internal IReadOnlyList<(string Text, string Uri)> Links =>
    [
        .. _sections.Where(static section => section is { Level: 2, Title: "RELATED LINKS" })
            .SelectMany(static section => section.Body.OfType<ListBlock>())
            .SelectMany(static list => list.Descendants<Markdig.Syntax.Inlines.LinkInline>())
            .Select(static link => (string.Concat(link.Descendants<Markdig.Syntax.Inlines.LiteralInline>().Select(static part => part.Content.ToString())), link.Url ?? "")),
    ];

    internal static HelpPage Read(string file)
    {
        string text = File.ReadAllText(file);
        return text.StartsWith("---", StringComparison.Ordinal)
            ? new HelpPage(text)
            : throw new InvalidDataException($"{file}:1: a page begins with its front matter between two lines of ---.");
    }

    /// <summary>Plain text: no backticks, no emphasis, links by their text.</summary>
    internal static string Strip(string markdown)
    {
        string text = System.Text.RegularExpressions.Regex.Replace(markdown, @"\[([^\]]+)\]\([^)]*\)", "$1");
        return text.Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal).Replace("\\", "\\", StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Prose(string title) =>
        [.. _sections.Where(section => section.Level == 2 && section.Title == title).SelectMany(static section => section.Body).Select(Text)];

    private IReadOnlyList<HelpEntry> Entries(string title) =>
    [
        .. Under(title).Select(section => new HelpEntry(
            section.Title,
            string.Join("\n\n", section.Body.Where(static block => block is not FencedCodeBlock).Select(Text)),
            section.Body.OfType<FencedCodeBlock>().LastOrDefault() is { } fence ? Code(fence) : null)),
    ];

    private IEnumerable<(int Level, string Title, List<Block> Body)> Under(string title) => _sections
        .SkipWhile(section => section.Level != 2 || section.Title != title)
        .Skip(1)
        .TakeWhile(static section => section.Level > 2);

    private string Text(Block block) => block is FencedCodeBlock code
        ? string.Join('\n', Code(code).Split('\n').Select(static line => "    " + line))
        : block is ListBlock list
            ? string.Join('\n', list.Select(item => "- " + Flow(Slice(item).TrimStart('-', '*', ' '))))
            : Flow(Slice(block));

    // A paragraph is one line for the shell, which wraps it at the width of the window.
    private static string Flow(string text) => string.Join(' ', text.Split('\n').Select(static line => line.Trim()));

    private static string Code(FencedCodeBlock block) => string.Join('\n', block.Lines.Lines.Take(block.Lines.Count).Select(static line => line.ToString())).TrimEnd();

    private string Slice(MarkdownObject part) => _source[part.Span.Start..(part.Span.End + 1)];
}
