using System.Security.Cryptography.X509Certificates;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>For whom a backup is closed, or who opens it: any one of what is named will do.</summary>
/// <param name="passphrase">A passphrase, owned by this object; <see langword="null"/> for none.</param>
/// <param name="certificates">Certificates, owned by the caller: their public keys close a backup, their private keys open it.</param>
public sealed class BackupKeys(SecretBytes? passphrase, IReadOnlyList<X509Certificate2> certificates) : IDisposable
{
    /// <summary>The certificates.</summary>
    public IReadOnlyList<X509Certificate2> Certificates { get; } = certificates;

    /// <summary>Whether there is anything to close a backup with.</summary>
    public bool IsEmpty => passphrase is null && Certificates.Count == 0;

    /// <summary>The passphrase.</summary>
    internal SecretBytes? Words => passphrase;

    /// <summary>Gives up the passphrase.</summary>
    public void Dispose() => passphrase?.Dispose();
}
