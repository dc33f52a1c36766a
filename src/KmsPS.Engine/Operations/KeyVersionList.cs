using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>All versions of a key, oldest first. Disposing the list disposes each.</summary>
public sealed class KeyVersionList(IReadOnlyList<KeyVersion> versions) : IDisposable
{
    /// <summary>The versions, oldest first; none for an unknown key.</summary>
    public IReadOnlyList<KeyVersion> Versions { get; } = versions;

    /// <summary>Gives up every version's material.</summary>
    public void Dispose()
    {
        foreach (KeyVersion version in Versions)
        {
            version.Dispose();
        }
    }
}
