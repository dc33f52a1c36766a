using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Closes connections of this runspace.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "KmsProvider")]
[OutputType(typeof(void))]
public sealed class DisconnectKmsProviderCommand : KmsCmdlet
{
    /// <summary>Names of connections, or patterns with wildcards; the default connection without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession session = Session;
        string[] wanted = Name ?? [.. session.Providers.Where(static provider => provider.IsDefault).Select(static provider => provider.Name)];
        foreach (string text in wanted)
        {
            string[] names = [.. ProviderNames.Matching(session, text)];
            if (names.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(text))
            {
                WriteError(ProviderNames.Unknown(text));
            }

            foreach (string name in names)
            {
                Pump(name, async (output, stop) =>
                {
                    await session.DisconnectAsync(name).ConfigureAwait(false);
                    await output.WriteVerboseAsync($"Closed {Printable.Text(name)}.", stop).ConfigureAwait(false);
                });
            }
        }
    }
}
