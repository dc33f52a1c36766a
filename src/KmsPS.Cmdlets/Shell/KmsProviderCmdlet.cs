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
    private readonly List<(KmsSession Session, KmsSession.Connection Connection)> _trials = [];

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
        bool isTrial = IsWhatIf;
        PumpOrEnd(asked, async (output, stop) =>
        {
            resolved = await ResolveAsync(session, asked, isTrial, stop).ConfigureAwait(false);
            await output.WriteVerboseAsync($"Using {resolved.Info.Uri} as {resolved.Info.User}.", stop).ConfigureAwait(false);
        });
        _asked = asked;
        return _connection = resolved!;
    }

    /// <summary>Finds or opens a connection. One that is opened for a trial lives as long as the cmdlet.</summary>
    private protected async ValueTask<KmsSession.Connection> ResolveAsync(KmsSession session, string? provider, bool isTrial, CancellationToken cancellationToken)
    {
        KmsSession.Connection resolved = await session.ResolveAsync(provider, isTrial, cancellationToken).ConfigureAwait(false);
        if (resolved.IsTrial)
        {
            _trials.Add((session, resolved));
        }

        return resolved;
    }

    /// <summary>Whether only is asked what would be done. Known before <c>ShouldProcess</c> is asked: opening a store may make one.</summary>
    private protected bool IsWhatIf => MyInvocation.MyCommand.Parameters.ContainsKey("WhatIf")
        && (MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? given)
            ? given is SwitchParameter { IsPresent: true }
            : SessionState.PSVariable.GetValue("WhatIfPreference") is SwitchParameter { IsPresent: true } or true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach ((KmsSession session, KmsSession.Connection connection) in _trials)
            {
                session.Close(connection);
            }

            _trials.Clear();
        }

        base.Dispose(disposing);
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
