using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Configuration;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Puts a checked file of access lists into another's place, which is kept beside it.</summary>
[Cmdlet(VerbsData.Import, "KmsAcl", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsAclEntry))]
public sealed class ImportKmsAclCommand : KmsCmdlet
{
    /// <summary>The file to take: a kms-acls.xml, an edit of it, or a copy that an earlier change kept.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The file to replace; it need not exist.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string AclPath { get; set; } = "";

    /// <summary>Writes the lists that are in the file now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string source = GetUnresolvedProviderPathFromPSPath(Path);
        string target = GetUnresolvedProviderPathFromPSPath(AclPath);
        byte[] content = [];
        AclFile? file = null;
        IReadOnlyList<AclChange> changes = [];
        PumpOrEnd(source, async (output, stop) =>
        {
            content = HadoopXml.ReadBytes(source, HadoopXml.MaxAclBytes);
            file = AclParser.Parse(content, target);
            changes = AclComparison.Compare(Now(target), file.Snapshot);
            foreach (AclFinding warning in file.Warnings)
            {
                await output.WriteWarningAsync(warning.ToString(), stop).ConfigureAwait(false);
            }

            foreach (AclChange change in changes)
            {
                await output.WriteVerboseAsync(change.ToString(), stop).ConfigureAwait(false);
            }
        });
        if (!ShouldProcess(target, $"Replace by {source} ({changes.Count(static change => change.Gains)} rights gained, {changes.Count(static change => !change.Gains)} lost)"))
        {
            return;
        }

        PumpOrEnd(target, async (output, stop) =>
        {
            string? backup = AclFiles.Write(target, () => AclFileEditor.Replace(target, content, TimeProvider.System));
            await output.WriteVerboseAsync(backup is null ? $"{target} was made." : $"{target} was replaced; its old content is in {backup}.", stop).ConfigureAwait(false);
            foreach (KmsAclEntry entry in AclEntries.Of(file!.Snapshot).Where(_ => PassThru))
            {
                await output.WriteAsync(entry, stop).ConfigureAwait(false);
            }
        });
    }

    // A broken file gives no rights that could be compared, and replacing it is how it is mended.
    private static AclSnapshot Now(string target)
    {
        try
        {
            return File.Exists(target) ? RulesSource.Read(target) : AclSnapshot.Empty;
        }
        catch (Engine.Errors.ConfigurationException)
        {
            return AclSnapshot.Empty;
        }
    }
}
