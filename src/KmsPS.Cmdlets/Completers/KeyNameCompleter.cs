using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Completes key names that were seen in this runspace.</summary>
public sealed class KeyNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string? provider = fakeBoundParameters["Provider"] as string;
        return Completion.Of(wordToComplete, KmsSession.Current.SeenNames(provider).Select(static name => (name, $"Key {name}")));
    }
}
