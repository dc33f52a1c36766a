using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers;

/// <summary>Wraps and unwraps here, with the material that any store hands out.</summary>
public sealed class LocalEekProvider(IKeyReader keys) : IEekProvider
{
    /// <inheritdoc/>
    public async ValueTask<EekBatch> GenerateEeksAsync(KeyName key, int count, CancellationToken cancellationToken)
    {
        using KeyVersion current = await CurrentAsync(key, cancellationToken).ConfigureAwait(false);
        return EekCipher.Generate(current, count);
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        using KeyVersion version = await VersionAsync(eek, cancellationToken).ConfigureAwait(false);
        return EekCipher.Decrypt(version, eek.Iv.Span, eek.EncryptedMaterial.Span);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEeksAsync(IReadOnlyList<EncryptedKeyVersion> eeks, CancellationToken cancellationToken)
    {
        EncryptedKeyVersion[] fresh = new EncryptedKeyVersion[eeks.Count];
        for (int i = 0; i < fresh.Length; i++)
        {
            using KeyVersion? current = await keys.FindCurrentAsync(eeks[i].Key, cancellationToken).ConfigureAwait(false);
            if (eeks[i].Version == current?.Name)
            {
                fresh[i] = eeks[i];
                continue;
            }

            using KeyVersion old = await VersionAsync(eeks[i], cancellationToken).ConfigureAwait(false);
            fresh[i] = EekCipher.Reencrypt(old, current ?? throw NoVersion(eeks[i].Key), eeks[i]);
        }

        return fresh;
    }

    private async ValueTask<KeyVersion> CurrentAsync(KeyName key, CancellationToken cancellationToken) =>
        await keys.FindCurrentAsync(key, cancellationToken).ConfigureAwait(false)
        ?? throw NoVersion(key);

    private static KmsException NoVersion(KeyName key) =>
        new(ErrorKind.KeyNotFound, $"No KeyVersion exists for key '{key.Value}' ", "Get-KmsKey lists the names that exist.") { Subject = key.Value };

    private async ValueTask<KeyVersion> VersionAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        KeyVersion version = await keys.FindVersionAsync(eek.Version, cancellationToken).ConfigureAwait(false)
            ?? throw KeyFaults.VersionNotFound(eek.Version);
        if (version.Key == eek.Key)
        {
            return version;
        }

        version.Dispose();
        throw KeyFaults.VersionOfAnotherKey(eek.Version, eek.Key);
    }
}
