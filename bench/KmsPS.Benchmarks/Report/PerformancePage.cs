namespace KmsPS.Benchmarks.Report;

/// <summary>Replaces the rows of <c>docs/performance.md</c> that this run measured; nothing else writes there.</summary>
internal static class PerformancePage
{
    private const string Begin = "<!-- rows: written by ./build.sh bench --record, never by hand -->";
    private const string End = "<!-- end of rows -->";

    public static void Write(Clone clone, IReadOnlyList<Row> rows)
    {
        string run = MachineFacts.Run(clone.Root);
        string page = File.ReadAllText(clone.PerformancePage);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal);
        int end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidOperationException($"{clone.PerformancePage} has lost the lines '{Begin}' and '{End}' between which the rows stand. Put them back.");
        }

        string[] measured = [.. rows.Select(row => Key(Table.Line(row, run)))];
        IEnumerable<string> kept = page[(begin + Begin.Length)..end].Split('\n')
            .Where(static line => line.StartsWith("| B", StringComparison.Ordinal))
            .Where(line => !measured.Contains(Key(line)));
        IEnumerable<string> all = kept.Concat(rows.Select(row => Table.Line(row, run))).OrderBy(static line => Number(line)).ThenBy(Key, StringComparer.Ordinal);
        string fresh = $"{Begin}\n{MachineFacts.Describe(clone.Root).TrimEnd()}\n\n{Table.Head}\n{string.Join('\n', all)}\n";
        File.WriteAllText(clone.PerformancePage, page[..begin] + fresh + page[end..]);
    }

    // Id and scenario name a row.
    private static string Key(string line) => string.Join('|', line.Split('|')[1..3]).Trim();

    private static int Number(string line) => int.TryParse(line.Split('|')[1].Trim().TrimStart('B'), out int number) ? number : int.MaxValue;
}
