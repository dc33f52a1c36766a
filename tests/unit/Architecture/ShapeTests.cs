using System.Text.RegularExpressions;
using Mono.Cecil;

namespace KmsPS.Tests.Architecture;

/// <summary>Folder = namespace = room; one class a file; files and methods that fit into a head.</summary>
public sealed partial class ShapeTests
{
    private const int MostLinesOfAFile = 400;
    private const int MostLinesOfAMethod = 60;
    private const int MostLinesOfASecondType = 30;

    // Scripts write [KmsPS.KmsKey]; nobody should have to type the name of an assembly's folder.
    private static readonly Dictionary<string, string> Elsewhere = new() { ["KmsPS.Cmdlets/Objects"] = "KmsPS" };

    // Types written in several files, Type.Part.cs, each with its reason.
    private static readonly Dictionary<string, string> InParts = new()
    {
        ["KmsJson"] = "one vocabulary in both directions: what is written, what requests say, what answers say",
    };

    public static TheoryData<string, string> Projects => new()
    {
        { "KmsPS.Engine", "KmsPS.Engine" },
        { "KmsPS.Server", "KmsPS.Server" },
        { "KmsPS.Cmdlets", "KmsPS.Cmdlets" },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_is_a_namespace(string project, string rootNamespace) => Verdict.None(
        from file in SourceTree.Files("src", project)
        let folder = Path.GetRelativePath(SourceTree.At("src", project), Path.GetDirectoryName(file)!)
        let expected = folder == "." ? rootNamespace : Elsewhere.GetValueOrDefault($"{project}/{folder}") ?? $"{rootNamespace}.{folder.Replace(Path.DirectorySeparatorChar, '.')}"
        let found = NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value
        where found.Length > 0 && found != expected
        select $"{SourceTree.Relative(file)} declares {found}, not {expected}",
        "move the file or change its namespace.");

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_file_has_one_class_and_its_name(string project, string _)
    {
        List<string> violations = [];
        foreach (string file in SourceTree.Files("src", project))
        {
            string[] lines = File.ReadAllLines(file);
            (string Kind, string Name, int Length)[] types = [.. TopLevelTypes(lines)];
            if (types.Length > 0 && !types.Any(type => type.Name == Path.GetFileName(file).Split('.')[0]))
            {
                violations.Add($"{SourceTree.Relative(file)} has {string.Join(", ", types.Select(static type => type.Name))}, but no type of its own name");
            }

            string[] classes = [.. types.Where(static type => type is { Kind: "class", Length: > 1 }).Select(static type => type.Name)];
            if (classes.Length > 1)
            {
                violations.Add($"{SourceTree.Relative(file)} has the classes {string.Join(", ", classes)}");
            }

            if (types.Count(static type => type.Kind is "class" or "record" or "struct" && type.Length > MostLinesOfASecondType) > 1)
            {
                violations.Add($"{SourceTree.Relative(file)} has more than one type of over {MostLinesOfASecondType} lines");
            }
        }

        Verdict.None(violations, "give each class a file of its name; small records, enums, delegates and interfaces may stay with the class they serve.");
    }

    [Fact]
    public void No_file_is_longer_than_400_lines() => Verdict.None(
        from file in SourceTree.Files("src").Concat(SourceTree.Files("bench")).Concat(SourceTree.Files("tools"))
        let lines = File.ReadLines(file).Count()
        where lines > MostLinesOfAFile
        select $"{SourceTree.Relative(file)} has {lines} lines",
        "find the second responsibility in it and give it a file.");

    [Fact]
    public void No_method_is_longer_than_60_lines()
    {
        using Built engine = Built.Engine();
        using Built server = Built.Server();
        using Built cmdlets = Built.Cmdlets();
        Verdict.None(
            from method in engine.Methods().Concat(server.Methods()).Concat(cmdlets.Methods())
            where !IsGenerated(method)
            let lines = Built.Lines(method)
            where lines is { } span && span.Last - span.First + 1 > MostLinesOfAMethod
            select $"{Built.Written(method)} has {lines.Value.Last - lines.Value.First + 1} lines",
            "split it where a comment would have to say what the next part does.");
    }

    [Fact]
    public void Partial_is_for_generated_code() => Verdict.None(
        from file in SourceTree.Files("src")
        let text = File.ReadAllText(file)
        where PartialType().IsMatch(text) && !GeneratorAttribute().IsMatch(text) && !InParts.ContainsKey(Path.GetFileName(file).Split('.')[0])
        select $"{SourceTree.Relative(file)} declares a partial type",
        "a class that needs two files has two responsibilities; split those instead.");

    private static bool IsGenerated(MethodDefinition method) =>
        method.IsConstructor && method.IsStatic
        || Built.Lines(method) is { File: var file } && (file.Contains("/obj/", StringComparison.Ordinal) || file.Contains(".g.cs", StringComparison.Ordinal));

    private static IEnumerable<(string Kind, string Name, int Length)> TopLevelTypes(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            Match type = TopLevelType().Match(lines[i]);
            if (type.Success)
            {
                int end = Array.FindIndex(lines, i, static line => line.StartsWith('}') || (line.EndsWith(';') && !line.StartsWith("    ", StringComparison.Ordinal)));
                yield return (type.Groups[1].Value, type.Groups[2].Value, (end < 0 ? lines.Length : end) - i + 1);
            }
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|partial|unsafe) )*(class|interface|enum|struct|record)(?: struct| class)? (\w+)")]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^(?:\w+ )*partial (?:class|struct|record|interface)", RegexOptions.Multiline)]
    private static partial Regex PartialType();

    [GeneratedRegex(@"\[(GeneratedRegex|LibraryImport|LoggerMessage|JsonSerializable)")]
    private static partial Regex GeneratorAttribute();
}
