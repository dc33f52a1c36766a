using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Completes the names of this runspace's connections.</summary>
public sealed class ProviderCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, KmsSession.Current.Providers.Select(static provider => (provider.Name, $"{provider.Uri} as {provider.User}")));
}
