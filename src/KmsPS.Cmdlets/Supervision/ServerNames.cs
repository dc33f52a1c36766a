using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Supervision;

/// <summary>Finds servers by name or pattern.</summary>
internal static class ServerNames
{
    /// <summary>The servers that fit.</summary>
    internal static IEnumerable<KmsServer> Matching(string text) => ServerStates.All().Where(server => ProviderNames.Matches(server.Name, text));

    /// <summary>The error for a name that no server has.</summary>
    internal static ErrorRecord Unknown(string name) => ErrorRecords.From(
        new ShellException("ServerNotFound", ErrorCategory.ObjectNotFound, $"No server named '{name}' is running", "Get-KmsServer lists those that are; Start-KmsServer starts one."), name);
}
