namespace KmsPS.HelpGenerator;

/// <summary>Compares pages with the cmdlets they describe.</summary>
internal static class PageCheck
{
    /// <summary>One line for each difference, with the page it is in.</summary>
    internal static IReadOnlyList<string> Run(IReadOnlyList<CmdletFacts> cmdlets, string folder)
    {
        List<string> drift = [];
        foreach (CmdletFacts cmdlet in cmdlets)
        {
            string file = Path.Combine(folder, cmdlet.Name + ".md");
            if (!File.Exists(file))
            {
                drift.Add($"{file}: there is no page for {cmdlet.Name}");
                continue;
            }

            HelpPage page = HelpPage.Read(file);
            drift.AddRange(Prose(page).Concat(Facts(cmdlet, page)).Select(problem => $"{file}: {problem}"));
        }

        drift.AddRange(Directory.EnumerateFiles(folder, "*-*.md").Select(Path.GetFileNameWithoutExtension)
            .Except(cmdlets.Select(static cmdlet => cmdlet.Name)).Select(name => $"{name}.md describes a cmdlet that does not exist"));
        return drift;
    }

    /// <summary>Types that the pipeline may bring.</summary>
    internal static IReadOnlyList<string> Inputs(CmdletFacts cmdlet) =>
    [
        .. cmdlet.Parameters.Where(static one => one.Sets.Any(static set => set.ByValue)).Select(static one => TypeName(one.Plain.IsArray ? one.Plain.GetElementType()! : one.Plain)).Distinct(),
    ];

    internal static string TypeName(Type type) => type == typeof(void) ? "None" : type.FullName ?? type.Name;

    private static IEnumerable<string> Prose(HelpPage page)
    {
        if (page.Synopsis.Length == 0)
        {
            yield return "SYNOPSIS is empty";
        }

        if (page.Description.Count == 0)
        {
            yield return "DESCRIPTION is empty";
        }

        if (page.Examples.Count == 0)
        {
            yield return "EXAMPLES has none";
        }

        foreach (HelpExample example in page.Examples.Where(static example => example.Code.Length == 0 || example.Remarks.Count == 0))
        {
            yield return $"example '{example.Title}' needs code and a remark";
        }

        foreach (HelpEntry parameter in page.Parameters.Where(static one => one.Text.Length == 0))
        {
            yield return $"parameter {parameter.Name} is not described";
        }
    }

    private static IEnumerable<string> Facts(CmdletFacts cmdlet, HelpPage page)
    {
        foreach (string set in cmdlet.Sets)
        {
            string title = PageWriter.SetTitle(cmdlet, set);
            if (page.Syntax.FirstOrDefault(one => one.Name == title)?.Fence != PageWriter.Syntax(cmdlet, set))
            {
                yield return $"SYNTAX of {title} is not the cmdlet's";
            }
        }

        foreach (ParameterFacts parameter in cmdlet.Parameters)
        {
            HelpEntry? described = page.Parameters.FirstOrDefault(one => one.Name == "-" + parameter.Name);
            if (described is null)
            {
                yield return $"parameter -{parameter.Name} is missing";
            }
            else if (described.Fence != PageWriter.Fence(parameter, described.Default))
            {
                yield return $"the fence of -{parameter.Name} is not what the cmdlet says";
            }
        }

        foreach (string extra in page.Parameters.Select(static one => one.Name).Where(static name => name != "CommonParameters").Except(cmdlet.Parameters.Select(static one => "-" + one.Name)))
        {
            yield return $"parameter {extra} does not exist";
        }

        foreach (string output in cmdlet.Outputs.Select(TypeName).Except(page.Outputs.Select(static one => one.Name)))
        {
            yield return $"OUTPUTS lacks {output}";
        }
    }
}
