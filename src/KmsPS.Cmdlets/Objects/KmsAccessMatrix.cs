using System.Text;

namespace KmsPS;

/// <summary>Who may do what to which key, as a table: a row for each operation, a column for each user, a block for each key.</summary>
public sealed class KmsAccessMatrix
{
    private const string NotAnswered = "NotAnswered";

    internal KmsAccessMatrix(IReadOnlyList<string> users, IReadOnlyList<KmsAccessResult> answers)
    {
        Users = [.. users];
        Answers = [.. answers];
        Operations = [.. answers.Select(static one => one.Operation).Distinct()];
        Keys = [.. answers.Select(static one => one.Key).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The users, as they were given.</summary>
    public string[] Users { get; }

    /// <summary>The operations.</summary>
    public string[] Operations { get; }

    /// <summary>The keys.</summary>
    public string[] Keys { get; }

    /// <summary>Every cell with its reasons: row by row, each in the order of the users.</summary>
    public KmsAccessResult[] Answers { get; }

    /// <summary>The table: <c>yes</c>, <c>-</c> for no, and <c>?</c> for what could not be answered.</summary>
    public string Text => ToString();

    /// <summary>The table.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int first = Math.Max("Operation".Length, Operations.Max(static one => one.Length));
        foreach (IGrouping<string?, KmsAccessResult> block in Answers.GroupBy(static one => one.Key))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(block.Key is null ? "As far as the operation's own lists go" : $"Key {block.Key}").Append("\n\n");
            Line(text, first, "Operation", Users);
            Line(text, first, new string('-', first), Users.Select(static user => new string('-', user.Length)));
            foreach (KmsAccessResult[] row in block.Chunk(Users.Length))
            {
                Line(text, first, row[0].Operation, row.Select(static cell => cell.Reason == NotAnswered ? "?" : cell.Allowed ? "yes" : "-"));
            }
        }

        return text.ToString();
    }

    private void Line(StringBuilder text, int first, string head, IEnumerable<string> cells)
    {
        StringBuilder line = new(head.PadRight(first));
        foreach ((string cell, string user) in cells.Zip(Users))
        {
            line.Append("  ").Append(cell.PadRight(user.Length));
        }

        text.Append(line.ToString().TrimEnd()).Append('\n');
    }
}
