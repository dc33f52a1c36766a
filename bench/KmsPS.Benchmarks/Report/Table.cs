namespace KmsPS.Benchmarks.Report;

/// <summary>Rows as a Markdown table.</summary>
internal static class Table
{
    public const string Head = "| Id | Scenario | Target | Measured | Met | Detail |\n|---|---|---|---|---|---|";

    public static string Of(IEnumerable<Row> rows) => $"{Head}\n{string.Join('\n', rows.Select(Line))}";

    public static string Line(Row row) =>
        $"| {row.Id} | {row.Scenario} | {row.Target} | **{row.Measured}** | {(row.IsMet ? "yes" : "no")} | {row.Detail} |";
}
