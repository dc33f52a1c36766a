namespace KmsPS.Engine.Keys;

/// <summary>An EEK: a data key (DEK) under a version of a zone key, with the IV that both encryptions derive theirs from.</summary>
/// <param name="Key">The zone key.</param>
/// <param name="Version">The version of the zone key that wraps.</param>
/// <param name="Iv">16 bytes as they travel; the wrapping itself uses every bit flipped. SOURCE: Hadoop EncryptedKeyVersion.deriveIV.</param>
/// <param name="EncryptedMaterial">The wrapped DEK, as long as the DEK. Not secret, and not authenticated either: AES-CTR has no tag.</param>
public sealed record EncryptedKeyVersion(KeyName Key, KeyVersionName Version, ReadOnlyMemory<byte> Iv, ReadOnlyMemory<byte> EncryptedMaterial)
{
    /// <summary>What an EEK calls itself on the wire. SOURCE: Hadoop KeyProviderCryptoExtension.EEK.</summary>
    public const string Label = "EEK";

    /// <summary>What a decrypted EEK calls itself on the wire. SOURCE: Hadoop KeyProviderCryptoExtension.EK.</summary>
    public const string DecryptedLabel = "EK";
}
