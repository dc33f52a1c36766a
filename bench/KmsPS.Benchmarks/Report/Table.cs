namespace KmsPS.Benchmarks.Report;

/// <summary>Rows as a Markdown table.</summary>
internal static class Table
{
    public const string Head = "| Id | Scenario | Target | Measured | Met | Detail | Run |\n|---|---|---|---|---|---|---|";

    /// <param name="rows">What was measured.</param>
    /// <param name="run">When, and of which commit.</param>
    public static string Of(IEnumerable<Row> rows, string run) => $"{Head}\n{string.Join('\n', rows.Select(row => Line(row, run)))}";

    public static string Line(Row row, string run) => $"{Line(row)} {run} |";

    /// <summary>A row that is told while others are still measured.</summary>
    public static string Line(Row row) =>
        $"| {row.Id} | {row.Scenario} | {row.Target} | **{row.Measured}** | {(row.IsMet ? "yes" : "no")} | {row.Detail} |";
}
