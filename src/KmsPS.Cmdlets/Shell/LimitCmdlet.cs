using System.Management.Automation;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that forbids or allows the use of keys, or of one version.</summary>
public abstract class LimitCmdlet : KeyCmdlet
{
    /// <summary>Only this version, by its own name. Versions that are piped in name themselves.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Version")]
    [ValidateNotNullOrEmpty]
    public string? KeyVersion { get; set; }

    /// <summary>What is done, as <c>ShouldProcess</c> shows it.</summary>
    private protected abstract string Action(KmsSession.Connection connection);

    /// <summary>Does it.</summary>
    private protected abstract ValueTask<KeyMetadata> ChangeAsync(IKms kms, KeyPart part, CancellationToken cancellationToken);

    private protected sealed override void Process(KeyName key, KmsSession.Connection connection)
    {
        KeyPart part = new(key, KeyVersion is null ? null : KeyVersionName.Parse(KeyVersion));
        string target = Printable.Text(KeyVersion ?? key.Value);
        if (!ShouldProcess(target, Action(connection)))
        {
            return;
        }

        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(KeyVersion ?? key.Value, async (output, stop) =>
        {
            KeyMetadata changed = await ChangeAsync(kms, part, stop).ConfigureAwait(false);
            await output.WriteAsync(new KmsKey(changed, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }
}
