using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that makes, reads or tries a backup.</summary>
public abstract class BackupCmdlet : KmsProviderCmdlet
{
    /// <summary>The backup file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The passphrase that locks the backup.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The file, absolute.</summary>
    private protected string FullPath => GetUnresolvedProviderPathFromPSPath(Path);

    /// <summary>The passphrase and these certificates; the caller disposes it.</summary>
    private protected BackupKeys KeysWith(IReadOnlyList<X509Certificate2> certificates) => new(Passphrase is null ? null : SecureText.ToUtf8(Passphrase), certificates);

    /// <summary>Ends the cmdlet with what is wrong with an argument.</summary>
    private protected T OrEnd<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is KmsException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.From(failure as KmsException ?? new ShellException("CertificateInvalid", ErrorCategory.InvalidArgument, $"The certificate cannot be read: {failure.Message}", "Give an X509Certificate2, or the path of a PEM or DER file.", failure), Path));
            throw;
        }
    }

    /// <summary>Writes an error for each failure.</summary>
    private protected static async ValueTask WriteAsync(ShellOutput output, IReadOnlyList<StoreFailure> failures, CancellationToken stop)
    {
        foreach (StoreFailure failure in failures)
        {
            await output.WriteErrorAsync(ErrorRecords.Of(failure), stop).ConfigureAwait(false);
        }
    }
}
