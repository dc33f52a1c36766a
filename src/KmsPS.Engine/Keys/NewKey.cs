using System.Collections.Frozen;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Keys;

/// <summary>A key to be made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cipher">Its transformation.</param>
/// <param name="BitLength">Length of its material, in bits.</param>
/// <param name="Description">Free text, or <see langword="null"/>.</param>
/// <param name="Attributes">Free pairs.</param>
/// <param name="Material">Given material, still owned by the caller; <see langword="null"/> lets the store generate it.</param>
public sealed record NewKey(
    KeyName Name,
    CipherName Cipher,
    int BitLength,
    string? Description,
    FrozenDictionary<string, string> Attributes,
    SecretBytes? Material)
{
    /// <summary>Bits of a key for which no length was given: <c>hadoop.security.key.default.bitlength</c>.</summary>
    public const int DefaultBitLength = 128;

    /// <summary>A key of Hadoop's default cipher and length with generated material.</summary>
    public static NewKey Default(KeyName name) =>
        new(name, CipherName.Default, DefaultBitLength, null, FrozenDictionary<string, string>.Empty, null);
}
