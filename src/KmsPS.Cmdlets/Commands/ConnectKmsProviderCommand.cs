using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Opens an embedded store or a key server, and makes it this runspace's default.</summary>
[Cmdlet(VerbsCommunications.Connect, "KmsProvider")]
[OutputType(typeof(KmsProvider))]
public sealed class ConnectKmsProviderCommand : KmsCmdlet
{
    /// <summary>Where the keys are: a provider URI. Without it, the current user's own embedded store.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("ProviderUri")]
    [ValidateNotNullOrEmpty]
    public string? Uri { get; set; }

    /// <summary>What -Provider calls the connection; the URI itself without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Who asks: for servers with simple authentication. Without it, the account of this process.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>SHA-256 thumbprint of the server's certificate, for a server whose certificate nobody signed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Thumbprint { get; set; }

    /// <summary>A directory with Hadoop's files; its kms-acls.xml holds the access lists of an embedded store.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigPath { get; set; }

    /// <summary>Proves who asks by a Kerberos ticket: one that kinit made, or by -Keytab.</summary>
    [Parameter]
    public SwitchParameter UseKerberos { get; set; }

    /// <summary>A key table whose first principal asks, instead of the tickets of kinit.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Keytab { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession session = Session;
        string? config = ConfigPath is null ? null : GetUnresolvedProviderPathFromPSPath(ConfigPath);
        string? keytab = Keytab is null ? null : GetUnresolvedProviderPathFromPSPath(Keytab);
        PumpOrEnd(Uri, async (output, stop) =>
        {
            string uri = Uri ?? ProviderOpening.OwnStore();
            KmsProvider provider = await session.ConnectAsync(new ConnectRequest(Name ?? uri, uri, User, Thumbprint, config, UseKerberos, keytab), stop).ConfigureAwait(false);
            await output.WriteAsync(provider, stop).ConfigureAwait(false);
        });
    }
}
