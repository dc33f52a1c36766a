using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsPS.Cmdlets.Supervision;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Completes the names of servers that have a state file.</summary>
public sealed class ServerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, ServerStates.All().Select(static server => (server.Name, $"{server.State} {server.Uri}")));
}
