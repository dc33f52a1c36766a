namespace KmsPS.Engine.JavaKeyStores;

/// <summary>What an entry of a Java keystore holds.</summary>
public enum JavaEntryKind
{
    /// <summary>A private key with its certificates.</summary>
    PrivateKey = 1,

    /// <summary>A certificate that is trusted.</summary>
    TrustedCertificate = 2,

    /// <summary>A sealed secret key; JCEKS only.</summary>
    SecretKey = 3,
}

/// <summary>One entry of a Java keystore. Its body is kept as it stands in the file, so an entry that is not touched is written back byte for byte.</summary>
/// <param name="Alias">Its name in the file.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Created">When it was put there, UTC.</param>
/// <param name="Body">Everything after the creation time, as it stands in the file. Nothing in it is plaintext.</param>
public sealed record JavaKeyStoreEntry(string Alias, JavaEntryKind Kind, DateTimeOffset Created, ReadOnlyMemory<byte> Body)
{
    /// <summary>The encrypted private key, DER, of a <see cref="JavaEntryKind.PrivateKey"/>.</summary>
    public ReadOnlyMemory<byte> EncryptedPrivateKey { get; init; }

    /// <summary>The certificates, DER, leaf first; one for a <see cref="JavaEntryKind.TrustedCertificate"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; init; } = [];
}
