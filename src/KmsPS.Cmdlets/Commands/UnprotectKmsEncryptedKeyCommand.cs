using System.Management.Automation;
using System.Security;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Secrets;
using KmsPS.Engine.Sessions;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Decrypts data keys.</summary>
[Cmdlet(VerbsSecurity.Unprotect, "KmsEncryptedKey")]
[OutputType(typeof(SecureString), typeof(byte[]))]
public sealed class UnprotectKmsEncryptedKeyCommand : EncryptedKeyCmdlet
{
    /// <summary>Gives the plaintext bytes themselves. Without it, a SecureString with Base64 text.</summary>
    [Parameter]
    public SwitchParameter AsByteArray { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Given() is not { } eek)
        {
            return;
        }

        IKms kms = Kms;
        Pump(eek.Version.Value, async (output, stop) =>
        {
            using SecretBytes plain = await kms.DecryptEekAsync(eek, stop).ConfigureAwait(false);
            await output.WriteAsync(AsByteArray ? Copy(plain) : KmsMaterial.ToSecureString(plain), stop).ConfigureAwait(false);
        });
    }

    // Asked for by name. From here on the bytes are the caller's.
    private static byte[] Copy(SecretBytes secret)
    {
        using SecretLease lease = secret.Open();
        return lease.Span.ToArray();
    }
}
