using System.Management.Automation;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Remote;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that asks a server about delegation tokens.</summary>
public abstract class TokenCmdlet : KmsProviderCmdlet
{
    /// <summary>The connection that a token came over while it is still there, else the one that any cmdlet would use.</summary>
    private protected KmsSession.Connection ConnectFor(KmsDelegationToken? token) =>
        Connect(token is { Source.Length: > 0 } && Session.Providers.Any(info => ProviderNames.Matches(info.Name, token.Source)) ? token.Source : null);

    /// <summary>The tokens of a connection.</summary>
    /// <exception cref="ShellException"><c>NotSupported</c>: a store in this process gives out none.</exception>
    private protected static RemoteTokens TokensOf(KmsSession.Connection connection) => connection.Kms is RemoteKms server
        ? server.Tokens
        : throw new ShellException("NotSupported", ErrorCategory.NotImplemented, $"{connection.Info.Uri} is opened in this process; delegation tokens are given out by servers", "Connect to a server: Connect-KmsProvider https://host:9600/kms.");

    /// <summary>Reads a token from the command line; what is none is an error and <see langword="null"/>.</summary>
    private protected KmsDelegationToken? Read(object given)
    {
        try
        {
            return TokenArgument.Read(given, GetUnresolvedProviderPathFromPSPath);
        }
        catch (KmsException refusal)
        {
            // The text itself is no target: error records are printed and kept.
            WriteError(ErrorRecords.From(refusal, null));
            return null;
        }
    }
}
