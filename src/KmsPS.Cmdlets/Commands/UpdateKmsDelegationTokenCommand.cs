using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Renews a delegation token, and says when it now ends.</summary>
[Cmdlet(VerbsData.Update, "KmsDelegationToken", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KmsDelegationToken))]
public sealed class UpdateKmsDelegationTokenCommand : TokenCmdlet
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
        if (ShouldProcess($"{token}", $"Renew the delegation token at {connection.Info.Uri}"))
        {
            Pump(token, async (output, stop) =>
            {
                token.Expires = (await TokensOf(connection).RenewAsync(token.Reveal(), stop).ConfigureAwait(false)).LocalDateTime;
                await output.WriteAsync(token, stop).ConfigureAwait(false);
            });
        }
    }
}
