using System.Management.Automation;
using System.Security;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Shows the delegation tokens that came to this runspace, or what a given one says. No server is asked.</summary>
[Cmdlet(VerbsCommon.Get, "KmsDelegationToken", DefaultParameterSetName = Held)]
[OutputType(typeof(KmsDelegationToken), typeof(string), typeof(SecureString))]
public sealed class GetKmsDelegationTokenCommand : KmsCmdlet
{
    private const string Held = "Held";
    private const string Given = "Given";

    /// <summary>A token: the object, its text, a SecureString with its text, or the path of a file with its text.</summary>
    [Parameter(ParameterSetName = Given, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Token")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>Only tokens of these owners; patterns with wildcards are understood.</summary>
    [Parameter(ParameterSetName = Held)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Owner { get; set; } = ["*"];

    /// <summary>Gives the token's text itself, for programs that want it. Whoever has the text is the owner.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Gives the token's text in a SecureString.</summary>
    [Parameter]
    public SwitchParameter AsSecureString { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (AsPlainText && AsSecureString)
        {
            ThrowTerminatingError(ErrorRecords.From(new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "-AsPlainText and -AsSecureString each say what is written", "Give one of them."), null));
        }

        if (ParameterSetName == Given)
        {
            try
            {
                Write(TokenArgument.Read(InputObject!, GetUnresolvedProviderPathFromPSPath));
            }
            catch (KmsException refusal)
            {
                WriteError(ErrorRecords.From(refusal, null));
            }

            return;
        }

        foreach (KmsDelegationToken token in Session.Tokens.Where(token => Owner.Any(name => ProviderNames.Matches(token.Owner, name))))
        {
            Write(token);
        }
    }

    private void Write(KmsDelegationToken token) => WriteObject(AsPlainText ? token.Reveal() : AsSecureString ? token.ToSecureString() : token);
}
