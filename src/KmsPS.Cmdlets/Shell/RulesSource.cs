using System.Management.Automation;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Finds the rules that a cmdlet asks.</summary>
internal static class RulesSource
{
    /// <summary>The rules of a file that need not be in force.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or is broken.</exception>
    internal static AclSnapshot Read(string path) => ReadFile(path).Snapshot;

    /// <summary>A file with its rules, and what its reader says of it.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or is broken.</exception>
    internal static AclFile ReadFile(string path) => AclParser.Read(path, new AclSettings().EmptyValue, VariableScope.Process);

    /// <summary>The rules in force over a connection.</summary>
    /// <exception cref="KmsException">The provider does not show its rules.</exception>
    internal static AclSnapshot Of(KmsSession.Connection connection) => connection.Kms is EmbeddedKms embedded
        ? embedded.Engine.Rules
        : throw new ShellException(
            "NotSupported",
            ErrorCategory.NotImplemented,
            $"{connection.Info.Uri} does not show its access lists: Hadoop's REST interface has no request for them",
            "Ask the server's file with -AclPath.");
}
