using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Certificates;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A connection to be made.</summary>
/// <param name="Name">What it shall be called.</param>
/// <param name="Uri">A provider URI.</param>
internal sealed record ConnectRequest(string Name, string Uri)
{
    /// <summary>SHA-256 of the server's certificate, for a server whose certificate nobody signed.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>The authorities that are believed instead of the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>A directory of Hadoop's files: for a store opened here with its access lists, for a server with the client's settings.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>A name that nobody checks; the account of this process where nothing else says who asks.</summary>
    public string? User { get; init; }

    /// <summary>A name with its password.</summary>
    public PSCredential? Credential { get; init; }

    /// <summary>Whether the caller proves who it is by a Kerberos ticket.</summary>
    public bool UseKerberos { get; init; }

    /// <summary>The key table that its tickets are made with; the tickets at hand otherwise.</summary>
    public string? Keytab { get; init; }

    /// <summary>What TLS shows of the caller.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>A token that another sign-in brought.</summary>
    public KmsDelegationToken? Token { get; init; }

    /// <summary>For whom the caller acts.</summary>
    public string? AsUser { get; init; }

    /// <summary>What locks the key file of an embedded store.</summary>
    public SecureString? StorePassphrase { get; init; }

    /// <summary>Whether only is asked what would be done: a store is opened as it stands, and never made.</summary>
    public bool IsTrial { get; init; }

    /// <summary>Whether anything says how to sign in to a server.</summary>
    public bool IsForServer => User is not null || Credential is not null || UseKerberos || Keytab is not null || Certificate is not null || Token is not null || AsUser is not null || Roots is not null || !string.IsNullOrEmpty(Thumbprint);
}
