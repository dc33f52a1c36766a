using System.Management.Automation;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Turns candidates into completion results: filtered by what was typed, quoted where the shell needs it.</summary>
internal static class Completion
{
    /// <summary>The candidates that begin with what was typed, capital letters aside.</summary>
    internal static IEnumerable<CompletionResult> Of(string? typed, IEnumerable<(string Text, string ToolTip)> candidates)
    {
        string prefix = (typed ?? "").Trim('\'', '"');
        foreach ((string text, string toolTip) in candidates)
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                yield return new CompletionResult(Quote(text), Printable.Text(text), CompletionResultType.ParameterValue, Printable.Text(toolTip));
            }
        }
    }

    private static string Quote(string text) =>
        text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':') ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
