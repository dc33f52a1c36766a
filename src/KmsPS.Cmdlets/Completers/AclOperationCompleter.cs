using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Completes operations as access lists spell them: those of keys where lists of keys are meant.</summary>
public sealed class AclOperationCompleter : IArgumentCompleter
{
    private static readonly string[] OfKeys = ["Key", "Name", "KeyName", "Default", "Whitelist"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        bool isOfKeys = Array.Exists(OfKeys, fakeBoundParameters.Contains);
        IEnumerable<string> names = isOfKeys ? Enum.GetValues<KeyAclType>().Select(AclNames.Of) : Enum.GetValues<AclOperation>().Select(AclNames.Of);
        return Completion.Of(wordToComplete, names.Select(name => (name, isOfKeys ? $"{name} on keys" : $"The operation {name}")));
    }
}
