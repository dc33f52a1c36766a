using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Errors;
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
    private protected BackupKeys KeysWith(IReadOnlyList<X509Certificate2> certificates) => new(Passphrase is null ? null : SecureText.Passphrase(Passphrase), certificates);

    /// <summary>Ends the cmdlet with what is wrong with an argument.</summary>
    private protected T OrEnd<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (KmsException refusal)
        {
            ThrowTerminatingError(ErrorRecords.From(refusal, Path));
            throw;
        }
    }
}
