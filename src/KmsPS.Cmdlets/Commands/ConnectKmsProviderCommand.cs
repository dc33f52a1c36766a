using System.Management.Automation;
using System.Security;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Errors;

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

    /// <summary>SHA-256 thumbprint of the server's certificate, for a server whose certificate nobody signed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Thumbprint { get; set; }

    /// <summary>A file with the authorities to believe instead of the system's: PEM, or PKCS#12 or a Java truststore with -TrustPassword.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TrustPath { get; set; }

    /// <summary>Opens the file of -TrustPath.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? TrustPassword { get; set; }

    /// <summary>A directory with Hadoop's files: the access lists and settings of a store opened here, or the settings of a client.</summary>
    [Parameter]
    [Alias("ConfigDir")]
    [ValidateNotNullOrEmpty]
    public string? ConfigPath { get; set; }

    /// <summary>Who asks: for servers with simple authentication. Without it, the account of this process.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Who asks, with a password: it buys a Kerberos ticket where the server wants one, and is not sent where it takes names as they are.</summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Proves who asks by a Kerberos ticket: one that kinit made, by -Keytab, or by -Credential.</summary>
    [Parameter]
    public SwitchParameter UseKerberos { get; set; }

    /// <summary>A key table whose first principal asks, instead of the tickets of kinit.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Keytab { get; set; }

    /// <summary>A client certificate with its private key, or the path of a PEM, PKCS#12 or Java keystore file with both.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Opens the file of -Certificate.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>A delegation token instead of any other proof: the object, its text, a SecureString with its text, or the path of a file with its text.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? DelegationToken { get; set; }

    /// <summary>For whom the caller acts. The server must allow it: hadoop.kms.proxyuser.CALLER.users, .groups and .hosts.</summary>
    [Parameter]
    [Alias("DoAs")]
    [ValidateNotNullOrEmpty]
    public string? AsUser { get; set; }

    /// <summary>The passphrase that locks the key file of a store opened here; with a new store, its key file is locked with it.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? StorePassphrase { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession session = Session;
        ConnectRequest request = ReadRequest();
        PumpOrEnd(Uri, async (output, stop) =>
        {
            KmsProvider provider = await session.ConnectAsync(request, stop).ConfigureAwait(false);
            if (request.Token is { } token)
            {
                session.Hold(token);
            }

            if (provider.SignIn == "simple" && Credential is { Password.Length: > 0 })
            {
                await output.WriteWarningAsync($"{provider.Uri} takes names as they are; the password was neither sent nor checked.", stop).ConfigureAwait(false);
            }

            await output.WriteAsync(provider, stop).ConfigureAwait(false);
        });
    }

    // What cannot be read ends the cmdlet before anybody is asked.
    private ConnectRequest ReadRequest()
    {
        try
        {
            string uri = Uri ?? ProviderOpening.OwnStore();
            return new ConnectRequest(Name ?? uri, uri)
            {
                User = User,
                Thumbprint = Thumbprint,
                Roots = Full(TrustPath) is { } trusted ? TrustArgument.Read(trusted, TrustPassword) : null,
                ConfigPath = Full(ConfigPath),
                Credential = Credential,
                UseKerberos = UseKerberos,
                Keytab = Full(Keytab),
                Certificate = Certificate is null ? null : CertificateArgument.Read(Certificate, CertificatePassword, GetUnresolvedProviderPathFromPSPath, WriteWarning),
                Token = DelegationToken is null ? null : TokenArgument.Read(DelegationToken, GetUnresolvedProviderPathFromPSPath),
                AsUser = AsUser,
                StorePassphrase = StorePassphrase,
            };
        }
        catch (KmsException refusal)
        {
            ThrowTerminatingError(ErrorRecords.From(refusal, Uri));
            throw;
        }
    }

    private string? Full(string? path) => path is null ? null : GetUnresolvedProviderPathFromPSPath(path);
}
