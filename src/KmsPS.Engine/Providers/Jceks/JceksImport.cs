using System.Globalization;
using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>The entries that a key from elsewhere becomes. The format computes a version's name from its key's: others have no place in it.</summary>
/// <param name="image">The key.</param>
/// <param name="known">How many of its versions are in the keystore.</param>
/// <param name="place">The keystore, for an error's text.</param>
internal sealed class JceksImport(KeyImage image, int known, string place)
{
    private KeyName Name => image.Metadata.Name;

    /// <summary>Why the keystore could hold the key only under other names, not list it, not limit it or not write it down; or <see langword="null"/>.</summary>
    internal KmsException? Refusal()
    {
        if (!image.Metadata.Use.IsPlain)
        {
            return KeyFaults.CannotHoldLimits(Name, image.Metadata.Use, place);
        }

        if (Name.Value.Contains('@', StringComparison.Ordinal))
        {
            return KeyFaults.CannotHold(Name, place, "a Java keystore tells keys from versions by the @ in the name, and would never list it");
        }

        if (ModifiedUtf8.Length(image.Metadata.Cipher.Value) > ModifiedUtf8.MaxLength)
        {
            return KeyFaults.CannotHold(Name, place, $"the name of its cipher is longer than the {ModifiedUtf8.MaxLength} bytes that a text in a Java keystore has");
        }

        int last = -1;
        foreach (KeyVersion version in image.Versions)
        {
            if (NumberOf(version) is not { } number || number <= last)
            {
                return KeyFaults.CannotHold(Name, place, $"a Java keystore would name its version {version} {Printable.Text(KeyVersionName.Of(Name, last + 1).Value)}, and EEKs of it could not be decrypted there");
            }

            last = number;
        }

        return null;
    }

    /// <summary>The first of the versions to be added whose place another entry has; <see langword="null"/> where each is free.</summary>
    internal KmsException? Taken(JceksStore store) => image.Versions.Skip(known).FirstOrDefault(version => store.Keys.ContainsKey(version.Name.Value)) is { } taken
        ? KeyFaults.VersionNameTaken(Name, taken.Name, place)
        : null;

    /// <summary>An entry for each version that is missing, and the description last.</summary>
    /// <param name="here">What the keystore says of the key.</param>
    /// <param name="password">Protects each.</param>
    /// <param name="iterations">How often the password is hashed.</param>
    /// <param name="file">The keystore's path.</param>
    internal IEnumerable<JceksKey> Entries(KeyMetadata? here, SecretBytes password, int iterations, string file)
    {
        if (known == 0 && here is not null)
        {
            throw KeyFaults.AlreadyExists(Name, place);
        }

        if (known > 0 && here?.Current != image.Versions[known - 1].Name)
        {
            throw here is null ? KeyFaults.DoesNotExist(Name, place) : KeyFaults.Conflict(Name, $"its current version is {here.Current.Value}");
        }

        KeyMetadata described = (here ?? image.Metadata) with { Versions = (NumberOf(image.Versions[^1]) ?? 0) + 1 };
        foreach (KeyVersion version in image.Versions.Skip(known))
        {
            yield return JceksKey.OfVersion(version.Name, described.Cipher, version.Material!, password, iterations, version.Created, file);
        }

        yield return JceksKey.OfMetadata(described with { Current = image.Metadata.Current, CurrentCreated = null, Deleted = null }, password, iterations, image.Versions[^1].Created, file);
    }

    private int? NumberOf(KeyVersion version)
    {
        string text = version.Name.Value;
        return text.StartsWith(Name.Value + "@", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(Name.Value.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && KeyVersionName.Of(Name, number) == version.Name
                ? number
                : null;
    }
}
