namespace KmsPS.Tests.Architecture;

/// <summary>Fails with every violation and with what to do about them, and not with the first alone.</summary>
internal static class Verdict
{
    public static void None(IEnumerable<string> violations, string remedy)
    {
        string[] found = [.. violations.Distinct().Order(StringComparer.Ordinal)];
        if (found.Length > 0)
        {
            Assert.Fail($"{string.Join(Environment.NewLine, found)}{Environment.NewLine}What to do: {remedy}");
        }
    }
}
