using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Gets a delegation token: it stands for its owner where the owner's own credential cannot go.</summary>
[Cmdlet(VerbsCommon.New, "KmsDelegationToken", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KmsDelegationToken))]
public sealed class NewKmsDelegationTokenCommand : TokenCmdlet
{
    /// <summary>Who may renew it: a short name or a principal, the resource manager's for instance. Whoever asks, without it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public string? Renewer { get; set; }

    /// <summary>A file for the token's text, readable by this account alone.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = ConnectFor(null);
        string? path = Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path);
        if (!ShouldProcess(connection.Info.Uri, $"Get a delegation token for {connection.Info.User}"))
        {
            return;
        }

        KmsSession session = Session;
        PumpOrEnd(connection.Info.Uri, async (output, stop) =>
        {
            // Before the server is asked: a token that nobody can keep would live on there.
            if (path is not null)
            {
                SecretTextFile.RequireFree(path, Force);
            }

            string text = await TokensOf(connection).GetAsync(Renewer, stop).ConfigureAwait(false);
            KmsDelegationToken token = Understand(text, connection);
            session.Hold(token);
            if (path is not null)
            {
                SecretTextFile.WriteLine(path, text, Force);
            }

            await output.WriteAsync(token, stop).ConfigureAwait(false);
        });
    }

    private static KmsDelegationToken Understand(string text, KmsSession.Connection connection)
    {
        try
        {
            return new KmsDelegationToken(text, connection.Info.Name);
        }
        catch (KmsException malformed) when (malformed.Kind == ErrorKind.InvalidRequest)
        {
            throw new KmsException(ErrorKind.ServerError, $"{connection.Info.Uri} answered with something that is no delegation token", "Is the URI that of a KMS?", inner: malformed);
        }
    }
}
