using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;
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

    /// <summary>Only versions that were used since the provider keeps count.</summary>
    [Parameter]
    public SwitchParameter InUse { get; set; }

    /// <summary>Only this version, by its own name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyVersion { get; set; }

    private protected override void Process(KeyName key, KmsSession.Connection connection)
    {
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(key.Value, async (output, stop) =>
        {
            bool any = false;
            foreach (VersionFacts version in await FactsAsync(kms, key, connection, stop).ConfigureAwait(false))
            {
                bool named = KeyVersion is null || version.Name.Value == KeyVersion;
                any |= named;
                if (named && (!Current || version.IsCurrent) && (!InUse || version.LastUsed is not null))
                {
                    await output.WriteAsync(Show(key, version, connection), stop).ConfigureAwait(false);
                }
            }

            if (!any && KeyVersion is not null)
            {
                throw KeyFaults.VersionNotFound(KeyVersionName.Parse(KeyVersion));
            }
        });
    }

    private async ValueTask<IReadOnlyList<VersionFacts>> FactsAsync(IKms kms, KeyName key, KmsSession.Connection connection, CancellationToken cancellationToken)
    {
        try
        {
            KeyLifecycle? found = await kms.GetLifecycleAsync(key, cancellationToken).ConfigureAwait(false);
            return found?.Versions ?? throw KeyFaults.DoesNotExist(key, connection.Info.Uri);
        }
        catch (KmsException without) when (without.Kind == ErrorKind.Unsupported && !InUse)
        {
            return await ReadAsync(kms, key, connection, cancellationToken).ConfigureAwait(false);
        }
    }

    // Where nothing but Hadoop's own requests is answered, versions come with their material, which goes no further than this.
    private static async ValueTask<IReadOnlyList<VersionFacts>> ReadAsync(IKms kms, KeyName key, KmsSession.Connection connection, CancellationToken cancellationToken)
    {
        using KeyVersion current = await kms.GetCurrentKeyAsync(key, cancellationToken).ConfigureAwait(false) ?? throw KeyFaults.DoesNotExist(key, connection.Info.Uri);
        using KeyVersionList versions = await kms.GetKeyVersionsAsync(key, cancellationToken).ConfigureAwait(false);
        return [.. versions.Versions.Select(version => new VersionFacts(version.Name, version.Created, version.Use, version.Name == current.Name, null))];
    }

    // A server of Hadoop's protocol sends no dates of versions; the client then has the epoch or nothing to give.
    private static KmsKeyVersion Show(KeyName key, VersionFacts version, KmsSession.Connection connection) => new(
        key.Value,
        version.Name.Value,
        version.Created > DateTimeOffset.UnixEpoch ? version.Created.LocalDateTime : null,
        version.IsCurrent,
        version.Use switch
        {
            VersionUse.Allowed => "Enabled",
            VersionUse.VersionDisabled => "Disabled",
            VersionUse.VersionDestroyed => "Destroyed",
            var other => other.ToString(),
        },
        version.LastUsed?.LocalDateTime,
        connection.Info.Name);
}
