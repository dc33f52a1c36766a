using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Backup;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Writes everything in a store into a file, encrypted, while servers go on.</summary>
[Cmdlet(VerbsData.Backup, "KmsKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(KmsBackup))]
public sealed class BackupKmsKeyStoreCommand : BackupCmdlet
{
    /// <summary>Certificates whose owners may open the backup: objects, or paths of PEM or DER files. Private keys are not needed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] Certificate { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KmsSession.Connection connection = Connect(null);
        string path = FullPath;
        if (!ShouldProcess(connection.Info.Uri, $"Back up to {path}"))
        {
            return;
        }

        X509Certificate2[] certificates = [.. Certificate.Select(given => OrEnd(() => Read(given)))];
        IKms kms = connection.For(MyInvocation.MyCommand.Name);
        Pump(path, async (output, stop) =>
        {
            using BackupKeys keys = KeysWith(certificates);
            ShellProgress progress = new(output, "Backing up the store");
            BackupReport report = await kms.BackupStoreAsync(new StoreWork<BackupRequest>(new BackupRequest(path, keys), progress), stop).ConfigureAwait(false);
            progress.End();
            await output.WriteErrorsAsync(report.Failures, stop).ConfigureAwait(false);
            await output.WriteAsync(new KmsBackup(report, connection.Info.Name), stop).ConfigureAwait(false);
        });
    }

    private X509Certificate2 Read(object given) => PSObject.AsPSObject(given).BaseObject switch
    {
        X509Certificate2 certificate => certificate,
        FileInfo file => OfFile(file.FullName),
        { } text => OfFile(GetUnresolvedProviderPathFromPSPath(text.ToString())),
    };

    private static X509Certificate2 OfFile(string path)
    {
        try
        {
            return X509CertificateLoader.LoadCertificateFromFile(path);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // Of several files the library does not say which one it means.
            throw new ShellException("CertificateInvalid", ErrorCategory.InvalidArgument, $"The certificate {path} cannot be read: {failure.Message.TrimEnd('.')}", "Give an X509Certificate2, or the path of a PEM or DER file.", failure);
        }
    }
}
