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
    internal static AclSnapshot Read(string path)
    {
        byte[] content = HadoopXml.ReadBytes(path, HadoopXml.MaxAclBytes);
        return AclParser.Parse(content, path, new AclSettings().EmptyValue, VariableScope.Process).Snapshot;
    }

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
