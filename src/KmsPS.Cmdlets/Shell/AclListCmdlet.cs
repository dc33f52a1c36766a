using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Engine.Acl;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that changes lists of operations, of single keys, or of many keys.</summary>
public abstract class AclListCmdlet : AclEditCmdlet
{
    /// <summary>The set for lists of operations.</summary>
    private protected const string OfOperation = "Operation";

    /// <summary>The set for lists of single keys.</summary>
    private protected const string OfKey = "Key";

    private const string OfDefault = "Default";
    private const string OfWhitelist = "Whitelist";

    /// <summary>Keys whose own lists are changed, by the names that access lists know them by.</summary>
    [Parameter(ParameterSetName = OfKey, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "KeyName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[] Key { get; set; } = [];

    /// <summary>The list of keys without lists of their own is changed.</summary>
    [Parameter(ParameterSetName = OfDefault, Mandatory = true)]
    public SwitchParameter Default { get; set; }

    /// <summary>The list that is added to every key's is changed.</summary>
    [Parameter(ParameterSetName = OfWhitelist, Mandatory = true)]
    public SwitchParameter Whitelist { get; set; }

    private protected override IEnumerable<AclTarget> Targets(string operation) =>
        Default ? [AclTarget.OfKeys(operation, AclNames.DefaultPrefix)]
        : Whitelist ? [AclTarget.OfKeys(operation, AclNames.WhitelistPrefix)]
        : Key.Length > 0 ? Key.Select(key => AclTarget.OfKey(operation, key))
        : [AclTarget.OfOperation(operation, isBlacklist: false)];
}
