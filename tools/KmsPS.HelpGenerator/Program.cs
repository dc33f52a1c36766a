using KmsPS.HelpGenerator;

// KmsPS.HelpGenerator PAGES TARGET    checks the pages, then writes the MAML file and the about topics into TARGET
// KmsPS.HelpGenerator --check PAGES   compares the pages with the cmdlets
// KmsPS.HelpGenerator --update PAGES  rewrites what is known from the cmdlets in each page, and makes missing pages
string[] words = [.. args.Where(static arg => !arg.StartsWith("--", StringComparison.Ordinal))];
bool check = args.Contains("--check");
bool update = args.Contains("--update");
if (words.Length != (check || update ? 1 : 2))
{
    Console.Error.WriteLine("Usage: KmsPS.HelpGenerator PAGES TARGET | --check PAGES | --update PAGES");
    return 2;
}

IReadOnlyList<CmdletFacts> cmdlets = CmdletFacts.OfModule();
if (update)
{
    foreach (CmdletFacts cmdlet in cmdlets)
    {
        string file = Path.Combine(words[0], cmdlet.Name + ".md");
        HelpPage? old = File.Exists(file) ? HelpPage.Read(file) : null;
        File.WriteAllText(file, PageWriter.Write(cmdlet, old));
    }

    return 0;
}

IReadOnlyList<string> drift = PageCheck.Run(cmdlets, words[0]);
foreach (string line in drift)
{
    Console.Error.WriteLine(line);
}

if (drift.Count > 0)
{
    Console.Error.WriteLine($"{drift.Count} differences between the pages and the cmdlets. --update rewrites what is known from the cmdlets.");
    return 1;
}

if (!check)
{
    HelpPage[] pages = [.. cmdlets.Select(cmdlet => HelpPage.Read(Path.Combine(words[0], cmdlet.Name + ".md")))];
    MamlWriter.Write(Path.Combine(words[1], "KmsPS.Cmdlets.dll-Help.xml"), cmdlets, pages);
    foreach (string about in Directory.EnumerateFiles(words[0], "about_*.md").Order(StringComparer.Ordinal))
    {
        File.WriteAllText(Path.Combine(words[1], Path.GetFileNameWithoutExtension(about) + ".help.txt"), AboutTopic.Write(File.ReadAllText(about)));
    }
}

return 0;
