using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Finds connections by name or pattern.</summary>
internal static class ProviderNames
{
    /// <summary>Whether a connection's name is the text, or fits it as a pattern.</summary>
    internal static bool Matches(string name, string text) =>
        string.Equals(name, text, StringComparison.OrdinalIgnoreCase)
        || WildcardPattern.Get(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant).IsMatch(name);

    /// <summary>The names that fit.</summary>
    internal static IEnumerable<string> Matching(KmsSession session, string text) =>
        session.Providers.Select(static provider => provider.Name).Where(name => Matches(name, text));

    /// <summary>The error for a name that no connection has.</summary>
    internal static ErrorRecord Unknown(string name) => ErrorRecords.From(
        new ShellException("ProviderNotConnected", ErrorCategory.ObjectNotFound, $"There is no connection named '{name}'", "Get-KmsProvider lists them; Connect-KmsProvider makes one."), name);
}
