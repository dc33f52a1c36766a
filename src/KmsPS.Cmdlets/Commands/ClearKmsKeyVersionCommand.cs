using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Destroys single versions of keys for good.</summary>
[Cmdlet(VerbsCommon.Clear, "KmsKeyVersion", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearKmsKeyVersionCommand : DestructiveKeyCmdlet
{
    /// <summary>The version, by its own name. Versions that are piped in name themselves.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Version")]
    [ValidateNotNullOrEmpty]
    public string KeyVersion { get; set; } = "";

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        KeyVersionName version = KeyVersionName.Parse(KeyVersion);
        if (Confirmed(version.Value, $"Destroy the version's material in {connection.Info.Uri} for good; data encrypted under it is lost"))
        {
            Pump(version.Value, async (_, stop) => await connection.For(MyInvocation.MyCommand.Name).DestroyVersionAsync(new KeyPart(key, version), stop).ConfigureAwait(false));
        }
    }
}
