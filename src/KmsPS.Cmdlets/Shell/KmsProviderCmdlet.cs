using System.Management.Automation;
using KmsPS.Cmdlets.Completers;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that asks a KMS.</summary>
public abstract class KmsProviderCmdlet : KmsCmdlet
{
    private string? _asked;
    private KmsSession.Connection? _connection;

    /// <summary>
    /// The connection to ask over: its name, or a provider URI. Objects bring theirs along; without either the default connection is
    /// used, and without one of those the current user's own embedded store.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string? Provider { get; set; }

    /// <summary>Name of the connection that is asked.</summary>
    private protected string ProviderName => Connect(null).Info.Name;

    /// <summary>The KMS to ask. A provider that cannot be opened ends the cmdlet: nothing further could succeed.</summary>
    private protected IKms Kms => Connect(null).For(MyInvocation.MyCommand.Name);

    /// <summary>The connection for an object that may bring one along.</summary>
    private protected KmsSession.Connection Connect(string? brought)
    {
        string? asked = Provider ?? brought;
        if (_connection is { } open && string.Equals(asked, _asked, StringComparison.Ordinal))
        {
            return open;
        }

        KmsSession.Connection? resolved = null;
        KmsSession session = Session;
        PumpOrEnd(asked, async (output, stop) =>
        {
            resolved = await session.ResolveAsync(asked, stop).ConfigureAwait(false);
            await output.WriteVerboseAsync($"Using {resolved.Info.Uri} as {resolved.Info.User}.", stop).ConfigureAwait(false);
        });
        _asked = asked;
        return _connection = resolved!;
    }

    /// <summary>Reads a key name from the command line; a bad one is an error about it and <see langword="null"/>.</summary>
    private protected KeyName? ParseName(string text)
    {
        try
        {
            return KeyName.Parse(text);
        }
        catch (Engine.Errors.KmsException refusal)
        {
            WriteError(ErrorRecords.From(refusal, text));
            return null;
        }
    }
}
