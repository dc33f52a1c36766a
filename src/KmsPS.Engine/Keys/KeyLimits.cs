using System.Globalization;

namespace KmsPS.Engine.Keys;

/// <summary>Tells people what limits a key.</summary>
internal static class KeyLimits
{
    /// <summary>In words that follow the key's name: <c>is disabled, has the destroyed version k@0</c>.</summary>
    internal static string Describe(KeyUse use) => use.IsPlain ? "has no limits" : string.Join(", ", Each(use));

    /// <summary>What limits the key and those of its versions.</summary>
    internal static KeyUse Of(KeyUse use, IEnumerable<KeyVersion> versions)
    {
        HashSet<string> names = [.. versions.Select(static version => version.Name.Value)];
        return use with { Versions = use.Versions.RemoveRange(use.Versions.Keys.Where(name => !names.Contains(name))) };
    }

    private static IEnumerable<string> Each(KeyUse use)
    {
        if (use.IsDisabled)
        {
            yield return "is disabled";
        }

        if (use.DeletionDue is { } due)
        {
            yield return $"is to be deleted at {due.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}";
        }

        foreach ((string version, VersionUse each) in use.Versions)
        {
            yield return $"has the {(each == VersionUse.VersionDestroyed ? "destroyed" : "disabled")} version {Printable.Text(version)}";
        }
    }
}
