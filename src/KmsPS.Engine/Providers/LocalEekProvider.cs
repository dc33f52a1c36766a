using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers;

/// <summary>
/// Wraps and unwraps here, with the material that any store hands out. With a version that is remembered it completes at once.
/// </summary>
/// <remarks>A version that may not be used is refused; uses are noted where the store keeps count.</remarks>
public sealed class LocalEekProvider(IKeyReader keys) : IEekProvider
{
    private readonly IKeyLifecycle? _lifecycle = keys as IKeyLifecycle;

    /// <inheritdoc/>
    public ValueTask<EekBatch> GenerateEeksAsync(KeyName key, int count, CancellationToken cancellationToken)
    {
        ValueTask<KeyVersion?> current = keys.FindCurrentAsync(key, cancellationToken);
        return current.IsCompletedSuccessfully ? new ValueTask<EekBatch>(Generate(current.Result, key, count)) : AwaitAsync(current, key, count);
    }

    /// <inheritdoc/>
    public ValueTask<SecretBytes> DecryptEekAsync(EncryptedKeyVersion eek, CancellationToken cancellationToken)
    {
        ValueTask<KeyVersion?> version = keys.FindVersionAsync(eek.Version, cancellationToken);
        return version.IsCompletedSuccessfully ? new ValueTask<SecretBytes>(Decrypt(version.Result, eek)) : AwaitAsync(version, eek);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EncryptedKeyVersion>> ReencryptEeksAsync(IReadOnlyList<EncryptedKeyVersion> eeks, CancellationToken cancellationToken)
    {
        EncryptedKeyVersion[] fresh = new EncryptedKeyVersion[eeks.Count];
        for (int i = 0; i < fresh.Length; i++)
        {
            using KeyVersion? current = KeyVersion.Usable(await keys.FindCurrentAsync(eeks[i].Key, cancellationToken).ConfigureAwait(false));
            if (eeks[i].Version == current?.Name)
            {
                fresh[i] = eeks[i];
                continue;
            }

            using KeyVersion old = Owned(await keys.FindVersionAsync(eeks[i].Version, cancellationToken).ConfigureAwait(false), eeks[i]);
            fresh[i] = EekCipher.Reencrypt(old, current ?? throw NoVersion(eeks[i].Key), eeks[i]);
            _lifecycle?.NoteUse(old.Name);
            _lifecycle?.NoteUse(current.Name);
        }

        return fresh;
    }

    private async ValueTask<EekBatch> AwaitAsync(ValueTask<KeyVersion?> current, KeyName key, int count) =>
        Generate(await current.ConfigureAwait(false), key, count);

    private async ValueTask<SecretBytes> AwaitAsync(ValueTask<KeyVersion?> version, EncryptedKeyVersion eek) =>
        Decrypt(await version.ConfigureAwait(false), eek);

    private EekBatch Generate(KeyVersion? found, KeyName key, int count)
    {
        using KeyVersion current = KeyVersion.Usable(found) ?? throw NoVersion(key);
        EekBatch made = EekCipher.Generate(current, count);
        _lifecycle?.NoteUse(current.Name);
        return made;
    }

    private SecretBytes Decrypt(KeyVersion? found, EncryptedKeyVersion eek)
    {
        using KeyVersion version = Owned(found, eek);
        SecretBytes dek = EekCipher.Decrypt(version, eek.Iv.Span, eek.EncryptedMaterial.Span);
        _lifecycle?.NoteUse(version.Name);
        return dek;
    }

    private static KeyVersion Owned(KeyVersion? found, EncryptedKeyVersion eek)
    {
        KeyVersion version = found ?? throw KeyFaults.VersionNotFound(eek.Version);
        if (version.Key == eek.Key)
        {
            return KeyVersion.Usable(version)!;
        }

        version.Dispose();
        throw KeyFaults.VersionOfAnotherKey(eek.Version, eek.Key);
    }

    private static KmsException NoVersion(KeyName key) =>
        new(ErrorKind.KeyNotFound, $"No KeyVersion exists for key '{key.Value}' ", "Get-KmsKey lists the names that exist.") { Subject = key.Value };
}
