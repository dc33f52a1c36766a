using System.Globalization;
using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Takes an age from the command line: a <see cref="TimeSpan"/> or its text, and besides <c>90d</c>, <c>12h</c>, <c>30m</c>, <c>45s</c>. A bare
/// number is refused: PowerShell would take it for units of 100 ns.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AgeAttribute : ArgumentTransformationAttribute
{
    // As in a rule for rollovers: today less any age is a date still.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(100_000);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        null => null,
        TimeSpan span when span >= -Longest && span <= Longest => span,

        // PowerShell reads 90d and 45s as numbers: the letter makes them a decimal and a short. A bare number is an int.
        short seconds => Span(seconds, 's') ?? throw Refused(seconds.ToString(CultureInfo.InvariantCulture)),
        decimal days => Span(days, 'd') ?? throw Refused(days.ToString(CultureInfo.InvariantCulture)),
        string text when Parse(text.Trim()) is { } span => span,
        var other => throw Refused(Convert.ToString(other, CultureInfo.InvariantCulture)),
    };

    private static TimeSpan? Parse(string text) =>
        text.Length > 1 && decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount) && Span(amount, char.ToLowerInvariant(text[^1])) is { } span ? span
        : text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan written) && written >= -Longest && written <= Longest ? written
        : null;

    private static TimeSpan? Span(decimal amount, char unit)
    {
        int? seconds = unit switch { 'd' => 86_400, 'h' => 3_600, 'm' => 60, 's' => 1, _ => null };
        return seconds is { } each && amount is >= 0 and < 10_000_000_000 && amount * each <= (decimal)Longest.TotalSeconds ? TimeSpan.FromSeconds((double)(amount * each)) : null;
    }

    private static ArgumentTransformationMetadataException Refused(string? text) =>
        new($"'{text}' is no age of at most 100000 days. Write 90d, 12h, 30m or 45s, or a TimeSpan such as 90.00:00:00.");
}
