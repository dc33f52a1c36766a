using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Cancels a delegation token: no server takes it any more.</summary>
[Cmdlet(VerbsCommon.Remove, "KmsDelegationToken", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class RemoveKmsDelegationTokenCommand : TokenCmdlet
{
    /// <summary>The token: the object, its text, a SecureString with its text, or the path of a file with its text.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Token")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Read(InputObject!) is not { } token)
        {
            return;
        }

        KmsSession.Connection connection = ConnectFor(token);
        KmsSession session = Session;
        if (ShouldProcess($"{token}", $"Cancel the delegation token at {connection.Info.Uri}"))
        {
            Pump(token, async (_, stop) =>
            {
                await TokensOf(connection).CancelAsync(token.Reveal(), stop).ConfigureAwait(false);
                session.LetGo(token);
            });
        }
    }
}
