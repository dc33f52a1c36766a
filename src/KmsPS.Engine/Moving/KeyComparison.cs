using System.Globalization;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Moving;

/// <summary>Compares a key with its namesake elsewhere, in everything that both sides can keep.</summary>
internal static class KeyComparison
{
    /// <summary>
    /// What is different; <see langword="null"/> where the destination has the source's key, perhaps without its newest versions.
    /// </summary>
    /// <param name="source">The key.</param>
    /// <param name="there">Its namesake.</param>
    /// <param name="keepsHistory">Whether the destination keeps given dates: where it does not, they are not compared.</param>
    internal static string? Difference(KeyImage source, KeyImage there, bool keepsHistory) =>
        Facts(source.Metadata, there.Metadata, keepsHistory) ?? Versions(source, there, keepsHistory) ?? Limits(source, there);

    private static string? Facts(KeyMetadata source, KeyMetadata there, bool keepsHistory) =>
        source.Cipher != there.Cipher ? Says("cipher", source.Cipher.Value, there.Cipher.Value)
        : source.BitLength != there.BitLength ? Says("length in bits", source.BitLength.ToString(CultureInfo.InvariantCulture), there.BitLength.ToString(CultureInfo.InvariantCulture))
        : source.Description != there.Description ? Says("description", source.Description, there.Description)
        : keepsHistory && !Same(source.Created, there.Created) ? Says("creation date", Date(source.Created), Date(there.Created))
        : Attributes(source, there);

    // A server with key authorisation adds the key's own name as its access list's; that says the same as none.
    private static string? Attributes(KeyMetadata source, KeyMetadata there)
    {
        foreach (string name in source.Attributes.Keys.Union(there.Attributes.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            bool isAcl = name == KeyMetadata.AclNameAttribute;
            string? left = isAcl ? source.AclName : source.Attributes.GetValueOrDefault(name);
            string? right = isAcl ? there.AclName : there.Attributes.GetValueOrDefault(name);
            if (left != right)
            {
                return Says($"attribute {Printable.Text(name)}", left, right);
            }
        }

        return null;
    }

    private static string? Versions(KeyImage source, KeyImage there, bool keepsHistory)
    {
        for (int i = 0; i < Math.Min(source.Versions.Count, there.Versions.Count); i++)
        {
            (KeyVersion left, KeyVersion right) = (source.Versions[i], there.Versions[i]);
            if (left.Name != right.Name)
            {
                return $"version {i + 1} is named {left} at the source and {right} at the destination";
            }

            if (!SameMaterial(left, right))
            {
                return $"the material of version {left} is another one";
            }

            if (keepsHistory && left.Created > DateTimeOffset.UnixEpoch && !Same(left.Created, right.Created))
            {
                return $"version {left} {Says("date", Date(left.Created), Date(right.Created))}";
            }
        }

        return there.Versions.Count > source.Versions.Count
            ? $"the destination has {there.Versions.Count - source.Versions.Count} newer versions, the first being {there.Versions[source.Versions.Count]}"
            : null;
    }

    // What limits versions that are not there yet comes along with them.
    private static string? Limits(KeyImage source, KeyImage there)
    {
        KeyUse left = KeyLimits.Of(source.Metadata.Use, there.Versions);
        return left.Equals(there.Metadata.Use) ? null : $"the key {KeyLimits.Describe(left)} at the source, and {KeyLimits.Describe(there.Metadata.Use)} at the destination";
    }

    /// <summary>Whether both have the same material, or both none.</summary>
    internal static bool SameMaterial(KeyVersion left, KeyVersion right)
    {
        if (left.Material is null || right.Material is null)
        {
            return left.Material is null && right.Material is null;
        }

        using SecretLease other = right.Material.Open();
        return left.Material.FixedTimeEquals(other.Span);
    }

    private static bool Same(DateTimeOffset left, DateTimeOffset right) => left.ToUnixTimeMilliseconds() == right.ToUnixTimeMilliseconds();

    private static string Says(string what, string? source, string? there) => $"the {what} is {Quoted(source)} at the source and {Quoted(there)} at the destination";

    private static string Quoted(string? text) => text is null ? "not set" : $"'{Printable.Text(text)}'";

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
