using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Lists the versions of keys, without their material.</summary>
[Cmdlet(VerbsCommon.Get, "KmsKeyVersion", DefaultParameterSetName = ByObject)]
[OutputType(typeof(KmsKeyVersion))]
public sealed class GetKmsKeyVersionCommand : KeyCmdlet
{
    /// <summary>Only the version that new encrypted keys are made with.</summary>
    [Parameter]
    public SwitchParameter Current { get; set; }

    /// <summary>Only this version, by its own name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyVersion { get; set; }

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(key.Value, async (output, stop) =>
        {
            using KeyVersion current = await kms.GetCurrentKeyAsync(key, stop).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, connection.Info.Uri);
            if (Current)
            {
                await output.WriteAsync(Show(current, isCurrent: true, connection), stop).ConfigureAwait(false);
                return;
            }

            using KeyVersionList versions = await kms.GetKeyVersionsAsync(key, stop).ConfigureAwait(false);
            bool any = false;
            foreach (KeyVersion version in versions.Versions)
            {
                if (KeyVersion is null || version.Name.Value == KeyVersion)
                {
                    any = true;
                    await output.WriteAsync(Show(version, version.Name == current.Name, connection), stop).ConfigureAwait(false);
                }
            }

            if (!any && KeyVersion is not null)
            {
                throw KeyFaults.VersionNotFound(KeyVersionName.Parse(KeyVersion));
            }
        });
    }

    // A server of Hadoop's protocol sends no dates of versions; the client then has the epoch or nothing to give.
    private static KmsKeyVersion Show(KeyVersion version, bool isCurrent, KmsSession.Connection connection) => new(
        version.Key.Value,
        version.Name.Value,
        version.Created > DateTimeOffset.UnixEpoch ? version.Created.LocalDateTime : null,
        isCurrent,
        connection.Info.Name);
}
