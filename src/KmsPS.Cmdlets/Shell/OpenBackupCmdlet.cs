using System.Management.Automation;
using System.Security;
using KmsPS.Engine.Providers.Backup;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A cmdlet that opens a backup.</summary>
public abstract class OpenBackupCmdlet : BackupCmdlet
{
    /// <summary>A certificate with its private key that the backup was locked for: the object, or a PEM, PKCS#12 or Java keystore file.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Certificate { get; set; }

    /// <summary>Opens the file of -Certificate.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>What opens the backup; the caller disposes it.</summary>
    private protected BackupKeys ReadKeys() => OrEnd(() => KeysWith(Certificate is null ? [] : [CertificateArgument.Read(Certificate, CertificatePassword, GetUnresolvedProviderPathFromPSPath, WriteWarning).Leaf]));
}
