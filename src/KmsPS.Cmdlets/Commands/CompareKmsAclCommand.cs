using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Says who gains and who loses what between two files of access lists.</summary>
[Cmdlet(VerbsData.Compare, "KmsAcl")]
[OutputType(typeof(KmsAclDifference))]
public sealed class CompareKmsAclCommand : KmsCmdlet
{
    /// <summary>The file as it is.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string ReferencePath { get; set; } = "";

    /// <summary>The file as it would be.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string DifferencePath { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string before = GetUnresolvedProviderPathFromPSPath(ReferencePath);
        string after = GetUnresolvedProviderPathFromPSPath(DifferencePath);
        PumpOrEnd(null, async (output, stop) =>
        {
            foreach (AclChange change in AclComparison.Compare(RulesSource.Read(before), RulesSource.Read(after)))
            {
                await output.WriteAsync(new KmsAclDifference(change), stop).ConfigureAwait(false);
            }
        });
    }
}
