using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Keys;

/// <summary>
/// A key as it is moved between stores: what is known of it and every version with its material, but for destroyed ones. Versions that may not be
/// used have theirs, too: whoever takes the key over limits it in the same way. Disposing it disposes each.
/// </summary>
public sealed class KeyImage : IDisposable
{
    /// <param name="metadata">What is known of the key.</param>
    /// <param name="versions">All versions, oldest first; owned by the image from now on.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.StoreCorrupt"/>: there is no version, one lacks its material, or the last is not the current one.</exception>
    public KeyImage(KeyMetadata metadata, IReadOnlyList<KeyVersion> versions)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(versions);
        Metadata = metadata;
        Versions = versions;
        string? problem = versions.Count == 0 ? "it has no versions"
            : versions.FirstOrDefault(static version => version.Material is null && version.Use != VersionUse.VersionDestroyed) is { } bare ? $"version {bare} came without its material"
            : versions[^1].Name != metadata.Current ? $"its newest version is {versions[^1]} and not {Printable.Text(metadata.Current.Value)}, its current one"
            : null;
        if (versions.FirstOrDefault(static version => version.Material is null && version.Use is not (VersionUse.Allowed or VersionUse.VersionDestroyed)) is { } limited)
        {
            Dispose();
            throw KeyFaults.MayNotBeUsed(metadata.Name, limited.Name, limited.Use);
        }

        if (problem is not null)
        {
            Dispose();
            throw new KmsException(ErrorKind.StoreCorrupt, $"Key {Printable.Text(metadata.Name.Value)} cannot be moved: {problem}", "Repair the key where it is, or leave it out.") { Subject = metadata.Name.Value };
        }
    }

    /// <summary>What is known of the key.</summary>
    public KeyMetadata Metadata { get; }

    /// <summary>All versions, oldest first; the last is the current one.</summary>
    public IReadOnlyList<KeyVersion> Versions { get; }

    /// <summary>Gives up every version's material.</summary>
    public void Dispose()
    {
        foreach (KeyVersion version in Versions)
        {
            version.Dispose();
        }
    }
}
