using System.Management.Automation;
using System.Text;
using System.Xml.Linq;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Writes access lists into a file: those of the pipeline, or the rules in force.</summary>
[Cmdlet(VerbsData.Export, "KmsAcl", DefaultParameterSetName = InForce, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(FileInfo))]
public sealed class ExportKmsAclCommand : KmsProviderCmdlet
{
    private const string InForce = "InForce";
    private const string Given = "Given";

    private readonly List<KmsAclEntry> _entries = [];

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Lists, as Get-KmsAcl gives them. Without any, the rules in force are written.</summary>
    [Parameter(ParameterSetName = Given, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsAclEntry? InputObject { get; set; }

    /// <summary>Replaces a file that is there; its old content is kept beside it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the file that was made.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            _entries.Add(InputObject);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string path = GetUnresolvedProviderPathFromPSPath(Path);
        if (File.Exists(path) && !Force)
        {
            ThrowTerminatingError(ErrorRecords.From(new ShellException("FileExists", ErrorCategory.ResourceExists, $"{path} is there already", "Replace it with -Force; its old content is kept beside it."), path));
        }

        // A pipeline that brought nothing is not the wish for everything.
        if (ParameterSetName == InForce && !MyInvocation.ExpectingInput)
        {
            KmsSession.Connection connection = Connect(null);
            PumpOrEnd(connection.Info.Uri, (_, _) =>
            {
                _entries.AddRange(AclEntries.Of(RulesSource.Of(connection)));
                return Task.CompletedTask;
            });
        }

        if (_entries.Count == 0)
        {
            ThrowTerminatingError(ErrorRecords.From(new ShellException("NothingToExport", ErrorCategory.InvalidData, $"{path} was not written: there are no lists, and a file without lists opens every operation to everybody", "Did the filter before it let nothing through?"), path));
        }

        if (ShouldProcess(path, $"Write {_entries.Count} access lists"))
        {
            PumpOrEnd(path, (_, _) =>
            {
                _ = AclFiles.Write(path, () => AclFileEditor.Replace(path, Content(_entries), TimeProvider.System));
                return Task.CompletedTask;
            });
            if (PassThru)
            {
                // As Get-Item gives it, so that the shell shows its mode and size.
                WriteObject(InvokeProvider.Item.Get(WildcardPattern.Escape(path)), enumerateCollection: true);
            }
        }
    }

    private static byte[] Content(IEnumerable<KmsAclEntry> entries)
    {
        XElement root = new("configuration", "\n");
        foreach (KmsAclEntry entry in entries)
        {
            root.Add("  ", new XElement("property", new XElement("name", entry.Property), new XElement("value", entry.Value)), "\n");
        }

        return Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?>\n{root.ToString(SaveOptions.DisableFormatting)}\n");
    }
}
