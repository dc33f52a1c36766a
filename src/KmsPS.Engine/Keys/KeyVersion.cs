using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Keys;

/// <summary>One generation of a key's material. Whoever gets one owns it and disposes it.</summary>
/// <param name="key">The key it belongs to.</param>
/// <param name="name">Its own name.</param>
/// <param name="material">The plaintext bytes, owned by this object from now on; <see langword="null"/> when the caller may not see them.</param>
/// <param name="created">When it was made, UTC.</param>
public sealed class KeyVersion(KeyName key, KeyVersionName name, SecretBytes? material, DateTimeOffset created) : IDisposable
{
    /// <summary>The key it belongs to.</summary>
    public KeyName Key { get; } = key;

    /// <summary>Its own name.</summary>
    public KeyVersionName Name { get; } = name;

    /// <summary>The plaintext bytes; <see langword="null"/> when they were left out for this caller.</summary>
    public SecretBytes? Material { get; } = material;

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>Whether it may be used. A version that may not be comes without material, for everybody.</summary>
    public VersionUse Use { get; init; }

    /// <summary>The version for whoever wants its material; one that may not be used is given back.</summary>
    /// <exception cref="Errors.KmsException">It may not be used.</exception>
    internal static KeyVersion? Usable(KeyVersion? found)
    {
        if (found is null or { Use: VersionUse.Allowed })
        {
            return found;
        }

        found.Dispose();
        throw KeyFaults.MayNotBeUsed(found.Key, found.Name, found.Use);
    }

    /// <summary>A second handle on the same version, disposed by itself.</summary>
    public KeyVersion Share() => new(Key, Name, Material?.Share(), Created) { Use = Use };

    /// <summary>As <see cref="Share"/>, but <see langword="null"/> where the material is gone: for caches that give up entries.</summary>
    internal KeyVersion? TryShare() => Material?.TryShare() is { } material ? new KeyVersion(Key, Name, material, Created) : null;

    /// <summary>The same version for a caller who may not see material.</summary>
    public KeyVersion WithoutMaterial() => new(Key, Name, null, Created) { Use = Use };

    /// <summary>Gives up the material.</summary>
    public void Dispose() => Material?.Dispose();

    /// <summary>The version's name.</summary>
    public override string ToString() => Printable.Text(Name.Value);
}
