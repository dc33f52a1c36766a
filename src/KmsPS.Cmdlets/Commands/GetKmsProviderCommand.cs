using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Lists the connections of this runspace, the default one first.</summary>
[Cmdlet(VerbsCommon.Get, "KmsProvider")]
[OutputType(typeof(KmsProvider))]
public sealed class GetKmsProviderCommand : KmsCmdlet
{
    /// <summary>Names of connections, or patterns with wildcards; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string text in Name ?? ["*"])
        {
            KmsProvider[] found = [.. Session.Providers.Where(provider => ProviderNames.Matches(provider.Name, text))];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            {
                WriteError(ProviderNames.Unknown(text));
            }

            foreach (KmsProvider provider in found)
            {
                WriteObject(provider);
            }
        }
    }
}
