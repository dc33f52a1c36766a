using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Engine.Keys;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// A cmdlet about keys that exist. Its two parameter sets are the standard layout: with <c>ByObject</c> as the default, a
/// <see cref="KmsKey"/>, a string, an object with a Name and a deserialised key all bind as one expects.
/// </summary>
public abstract class KeyCmdlet : KmsProviderCmdlet
{
    /// <summary>The set for a <see cref="KmsKey"/>; every cmdlet of the layout has it as its default.</summary>
    private protected const string ByObject = "ByObject";

    /// <summary>The set for names.</summary>
    private protected const string ByName = "ByName";

    /// <summary>A key, as <c>Get-KmsKey</c> gives it.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsKey? InputObject { get; set; }

    /// <summary>Names of keys, exactly; wildcards are not expanded.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("KeyName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KeyNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        if (InputObject is { } key && ParameterSetName == ByObject)
        {
            Process(KeyName.Parse(key.Name), Connect(key.Provider));
            return;
        }

        foreach (string text in Name)
        {
            if (ParseName(text) is { } name)
            {
                Process(name, Connect(null));
            }
        }
    }

    /// <summary>Does it for one key.</summary>
    private protected abstract void Process(KeyName key, KmsSession.Connection connection);
}
