using System.Management.Automation;
using System.Net.Security;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Certificates;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Says whether an endpoint's TLS is good. What cannot be reached is <c>$false</c>.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsTls")]
[OutputType(typeof(bool), typeof(KmsTlsResult))]
public sealed class TestKmsTlsCommand : KmsCmdlet
{
    /// <summary>The endpoint: https://host:9600/kms, kms://https@host:9600/kms or host:9600.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <summary>SHA-256 thumbprint of the one certificate to believe, whatever name and issuer stand in it.</summary>
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

    /// <summary>A client certificate with its private key, or the path of a file with both, for a server that asks for one.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Opens the file of -Certificate.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>A certificate that ends within so many days is a problem.</summary>
    [Parameter]
    [ValidateRange(0, 3650)]
    public int ExpiresInDays { get; set; } = 30;

    /// <summary>How long to wait for each of the connections, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 10;

    /// <summary>Writes the whole report instead of a plain boolean.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // INVARIANT: fails closed. Whatever goes wrong is an error record and a refusal, never silence and never a yes.
        KmsTlsResult? result = null;
        if (ReadQuestion() is { } question)
        {
            Pump(Uri, async (output, stop) =>
            {
                TlsReport report = await TlsInspector.InspectAsync(question, stop).ConfigureAwait(false);
                result = new KmsTlsResult($"{question.Host}:{question.Port}", report);
                foreach (TlsProblem problem in report.Problems)
                {
                    await output.WriteVerboseAsync($"{problem.Id}: {problem.Text}. {problem.Remedy}", stop).ConfigureAwait(false);
                }
            });
        }

        if (!Detailed)
        {
            WriteObject(result is { Passed: true });
        }
        else if (result is not null)
        {
            WriteObject(result);
        }
    }

    private TlsQuestion? ReadQuestion()
    {
        try
        {
            (string host, int port) = Endpoint(Uri);
            X509Certificate2Collection? roots = TrustPath is { } path ? TrustArgument.Read(GetUnresolvedProviderPathFromPSPath(path), TrustPassword) : null;
            ServerCertificate? own = Certificate is null ? null : CertificateArgument.Read(Certificate, CertificatePassword, GetUnresolvedProviderPathFromPSPath, WriteWarning);
            return new TlsQuestion(host, port)
            {
                Roots = roots,
                Thumbprint = string.IsNullOrEmpty(Thumbprint) ? null : Thumbprint,
                Certificate = own is null ? null : SslStreamCertificateContext.Create(own.Leaf, own.Chain, offline: true),
                ExpiryWarning = TimeSpan.FromDays(ExpiresInDays),
                Timeout = TimeSpan.FromSeconds(TimeoutSec),
            };
        }
        catch (KmsException refusal)
        {
            WriteError(ErrorRecords.From(refusal, Uri));
            return null;
        }
    }

    private static (string Host, int Port) Endpoint(string text)
    {
        string address = text.Replace("kms://https@", "https://", StringComparison.Ordinal);
        address = address.Contains("://", StringComparison.Ordinal) ? address : "https://" + address;
        return System.Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "https", IdnHost.Length: > 0 }
            ? (uri.IdnHost.Trim('[', ']'), uri.Port)
            : throw new ShellException("RequestInvalid", ErrorCategory.InvalidArgument, $"'{text}' is no endpoint with TLS", "Write https://host:9600/kms or host:9600.");
    }
}
