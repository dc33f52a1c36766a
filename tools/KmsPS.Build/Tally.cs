using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace KmsPS.Build;

/// <summary>Counts over everything that was run, and the name of each thing that was not.</summary>
internal sealed class Tally
{
    private readonly List<string> _skips = [];
    private readonly List<string> _failures = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    public void Skip(string name, string why)
    {
        Skipped++;
        _skips.Add($"{name}: {why}");
    }

    public void Fail(string name, string why)
    {
        Failed++;
        _failures.Add($"{name}: {why}");
    }

    /// <summary>Adds the xunit v3 result file; a run that left none counts as one failure.</summary>
    public void AddXunit(string file, int exitCode)
    {
        if (!File.Exists(file))
        {
            Fail("xunit", $"the run ended with {exitCode} and left no results. Its words are above.");
            return;
        }

        int failedBefore = Failed;
        XDocument results = XDocument.Load(file);
        foreach (XElement assembly in results.Descendants("assembly"))
        {
            Passed += Number(assembly, "passed");
            Failed += Number(assembly, "failed") + Number(assembly, "errors");
            Skipped += Number(assembly, "skipped");
        }

        foreach (XElement test in results.Descendants("test"))
        {
            string name = test.Attribute("name")?.Value ?? "?";
            switch (test.Attribute("result")?.Value)
            {
                case "Skip":
                    _skips.Add($"{name}: {test.Element("reason")?.Value.Trim()}");
                    break;
                case "Fail":
                    _failures.Add($"{name}: {FirstLine(test.Element("failure")?.Element("message")?.Value)}");
                    break;
            }
        }

        if (exitCode != 0 && Failed == failedBefore)
        {
            Fail("xunit", $"the run ended with {exitCode} although no test failed.");
        }
    }

    /// <summary>Adds what <c>Pester.ps1</c> wrote; a run that left nothing counts as one failure.</summary>
    public void AddPester(string file, int exitCode)
    {
        if (!File.Exists(file))
        {
            Fail("Pester", $"the run ended with {exitCode} and left no results. Its words are above.");
            return;
        }

        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(file));
        Passed += results.RootElement.GetProperty("passed").GetInt32();
        foreach (JsonElement one in results.RootElement.GetProperty("failed").EnumerateArray())
        {
            Fail(one.GetProperty("name").GetString() ?? "?", FirstLine(one.GetProperty("why").GetString()));
        }

        foreach (JsonElement one in results.RootElement.GetProperty("skipped").EnumerateArray())
        {
            Skip(one.GetProperty("name").GetString() ?? "?", FirstLine(one.GetProperty("why").GetString()));
        }
    }

    /// <summary>Names the skips and failures, then prints the one line that scripts read.</summary>
    /// <returns>The exit code.</returns>
    public int Report()
    {
        Print("Skipped:", _skips);
        Print("Failed:", _failures);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped"));
        return Failed == 0 && Passed > 0 ? 0 : 1;
    }

    private static void Print(string title, List<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        Console.WriteLine(title);
        foreach (string line in lines)
        {
            Console.WriteLine($"  {line}");
        }
    }

    private static int Number(XElement element, string attribute) =>
        int.TryParse(element.Attribute(attribute)?.Value, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private static string FirstLine(string? text) => (text ?? "").Trim().Split('\n')[0].Trim();
}
