using System.Management.Automation;
using System.Net;
using System.Security;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Makes a private key with a self-signed certificate, or with a request that an authority signs.</summary>
[Cmdlet(VerbsCommon.New, "KmsCertificate", DefaultParameterSetName = SelfSigned, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KmsCertificate))]
public sealed class NewKmsCertificateCommand : KmsCmdlet
{
    private const string SelfSigned = "SelfSigned";
    private const string Asked = "Request";

    /// <summary>The file to write. A name that ends in .p12 or .pfx makes PKCS#12, any other PEM.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Host names and addresses that it is for. Without them and -UriName, the name of this machine.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [Alias("HostName")]
    [ValidateNotNullOrEmpty]
    public string[] DnsName { get; set; } = [];

    /// <summary>URIs that it is for: a SPIFFE id, for a client certificate that a server maps to a user.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Uri[] UriName { get; set; } = [];

    /// <summary>Its subject, such as CN=kms.example.com, O=Example. Without it, the first name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Subject { get; set; }

    /// <summary>Kind of the private key.</summary>
    [Parameter]
    public CertificateKeyKind KeyAlgorithm { get; set; } = CertificateKeyKind.EcP256;

    /// <summary>What it may be shown for: by a server, by a client, or both.</summary>
    [Parameter]
    public CertificateUses Use { get; set; } = CertificateUses.Server;

    /// <summary>For how many days it is good.</summary>
    [Parameter(ParameterSetName = SelfSigned)]
    [ValidateRange(1, 3650)]
    public int Days { get; set; } = 365;

    /// <summary>Makes a request (PKCS#10) for an authority instead of a certificate.</summary>
    [Parameter(ParameterSetName = Asked, Mandatory = true)]
    public SwitchParameter Request { get; set; }

    /// <summary>The file of the request's private key. Without it, the name of -Path with the ending .key.</summary>
    [Parameter(ParameterSetName = Asked)]
    [ValidateNotNullOrEmpty]
    public string? KeyPath { get; set; }

    /// <summary>Seals the private key. PKCS#12 needs one; a PEM file is protected by its mode without one.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Replaces files that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private readonly List<string> _names = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _names.AddRange(DnsName);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string path = GetUnresolvedProviderPathFromPSPath(Path);
        string keyPath = !Request ? path : KeyPath is { } given ? GetUnresolvedProviderPathFromPSPath(given) : System.IO.Path.ChangeExtension(path, ".key");
        string[] names = _names.Count + UriName.Length > 0 ? [.. _names] : [Dns.GetHostName()];
        CertificateOrder order = new() { Names = names, Uris = UriName, Subject = Subject, Key = KeyAlgorithm, Uses = Use, Validity = TimeSpan.FromDays(Days) };
        if (ShouldProcess(path, $"Make {(Request ? "a request" : "a certificate")} for {string.Join(", ", [.. names, .. UriName.Select(static uri => $"{uri}")])}"))
        {
            PumpOrEnd(path, async (output, stop) => await output.WriteAsync(Make(order, path, keyPath), stop).ConfigureAwait(false));
        }
    }

    private KmsCertificate Make(CertificateOrder order, string path, string keyPath)
    {
        bool isPkcs12 = !Request && System.IO.Path.GetExtension(path).ToUpperInvariant() is ".P12" or ".PFX";
        if (isPkcs12 && Password is null)
        {
            throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"{path} would be PKCS#12, which needs a password", "Give one with -Password (Read-Host -AsSecureString), or name a .pem file.");
        }

        if (Request)
        {
            SecretTextFile.RequireFree(keyPath, Force);
            if (string.Equals(keyPath, path, StringComparison.Ordinal))
            {
                throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, "The request and its private key would be one file", "Name another file with -KeyPath: the request is given away, the key is not.");
            }
        }

        using SecretBytes? secret = Password is null ? null : SecureText.ToUtf8(Password);
        MadeCertificate made = SecretTextFile.Write(path, Force, () =>
            Request ? CertificateMaker.WriteRequest(order, path, keyPath, secret, Force)
            : isPkcs12 ? CertificateMaker.WritePkcs12(order, path, secret!, Force, TimeProvider.System)
            : CertificateMaker.WritePem(order, path, secret, Force, TimeProvider.System));
        return new KmsCertificate
        {
            Path = path,
            KeyPath = keyPath,
            IsRequest = Request,
            Subject = made.Subject,
            Names = [.. made.Names],
            KeyAlgorithm = made.Key.ToString(),
            Thumbprint = made.Thumbprint,
            NotAfter = made.NotAfter?.LocalDateTime,
        };
    }
}
