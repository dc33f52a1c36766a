using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Finds the known mistakes in access lists, each with file and line.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsAcl")]
[OutputType(typeof(KmsAclFinding), typeof(bool))]
public sealed class TestKmsAclCommand : KmsCmdlet
{
    /// <summary>The files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] AclPath { get; set; } = [];

    /// <summary>HDFS superusers, who must not decrypt, in the notation of lists: users, a blank, groups.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Superuser { get; set; } = "hdfs supergroup";

    /// <summary>Writes whether nothing was found, instead of what was.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in AclPath)
        {
            string path = GetUnresolvedProviderPathFromPSPath(given);
            IReadOnlyList<AclFinding>? findings = null;
            Pump(path, (_, _) =>
            {
                findings = AclLint.Check(RulesSource.ReadFile(path), AccessList.Parse(Superuser));
                return Task.CompletedTask;
            });
            if (Quiet)
            {
                WriteObject(findings is { Count: 0 });
                continue;
            }

            foreach (AclFinding finding in findings ?? [])
            {
                WriteObject(new KmsAclFinding(finding));
            }
        }
    }
}
