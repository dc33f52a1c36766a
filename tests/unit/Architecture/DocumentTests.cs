using System.Reflection;
using System.Text.RegularExpressions;

namespace KmsPS.Tests.Architecture;

/// <summary>What the pages of <c>docs</c> say of names in the code, held to the code.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Root = Vectors.Root;

    [Fact]
    public void The_table_of_rooms_is_the_one_that_the_tests_enforce()
    {
        string[] all = [.. Rooms.Table.Select(static room => room.Name)];
        IEnumerable<string> written = RoomRow().Matches(File.ReadAllText(Path.Combine(Root, "docs", "02-architecture.md")))
            .Select(static row => $"{row.Groups[1].Value}: {string.Join(", ", row.Groups[2].Value.Split(", ").Order(StringComparer.Ordinal))}");
        Assert.Equal(
            Rooms.Table.Select((room, index) => $"{Page(room.Name)}: {Uses(room, all[..index])}"),
            written);
    }

    [Fact]
    public void Every_test_that_the_page_of_compatibility_names_exists()
    {
        ILookup<string, Type> types = typeof(DocumentTests).Assembly.GetTypes().ToLookup(static type => type.Name);
        string page = File.ReadAllText(Path.Combine(Root, "docs", "compatibility.md"));
        IReadOnlyList<Match> named = TestName().Matches(page);
        Assert.True(named.Count > 60, $"Only {named.Count} names of tests were found: has the page another form?");
        Verdict.None(
            named.Where(name => !types[name.Groups[1].Value].Any(type => name.Groups[2].Length == 0 || type.GetMethod(name.Groups[2].Value, BindingFlags.Public | BindingFlags.Instance) is not null))
                .Select(static name => name.Value),
            "name the test that proves the row in docs/compatibility.md, or say that none does.");
    }

    [Fact]
    public void No_link_between_pages_is_dead()
    {
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Root, "README.md")).Append(Path.Combine(Root, "CHANGELOG.md"));
        Verdict.None(
            from page in pages
            from Match link in Link().Matches(File.ReadAllText(page))
            let target = link.Groups[1].Value
            where !target.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target))
            select $"{Path.GetRelativePath(Root, page)}: {target}",
            "correct the link.");
    }

    private static string Page(string room) => room == Rooms.Root ? "root" : room;

    private static string Uses(Room room, string[] above) =>
        room.MayUse.Length == 0 ? "nothing"
        : room.Name == Rooms.Root && room.MayUse.ToHashSet().SetEquals(above) ? "all above"
        : string.Join(", ", room.MayUse.Select(static use => use.Split(':') is [var name, var folder] ? $"{name} (`{folder}` only)" : Page(use)).Order(StringComparer.Ordinal));

    // | Room | What it does | Rooms it may use |
    [GeneratedRegex(@"^\| (\w+) \| .* \| ((?:[A-Z]\w+|root)(?: \(`\w+` only\))?(?:, (?:[A-Z]\w+|root)(?: \(`\w+` only\))?)*|nothing|all above) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex RoomRow();

    [GeneratedRegex(@"`(\w+(?:Tests|Contract|Recordings))(?:\.(\w+))?`")]
    private static partial Regex TestName();

    // Blanks and backslashes do not stand in our links, but in rules of auth_to_local.
    [GeneratedRegex(@"\]\(([^)#\s\\]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
