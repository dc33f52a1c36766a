using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Cmdlets.Supervision;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Lists the current user's key servers, from any shell.</summary>
[Cmdlet(VerbsCommon.Get, "KmsServer")]
[OutputType(typeof(KmsServer))]
public sealed class GetKmsServerCommand : KmsCmdlet
{
    /// <summary>Names, or patterns with wildcards; all servers without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Also servers whose process is gone although their state file is there: they were killed.</summary>
    [Parameter]
    public SwitchParameter IncludeStopped { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string text in Name ?? ["*"])
        {
            KmsServer[] found = [.. ServerNames.Matching(text).Where(server => IncludeStopped || server.State == "Running")];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            {
                WriteError(ServerNames.Unknown(text));
            }

            foreach (KmsServer server in found)
            {
                WriteObject(server);
            }
        }
    }
}
