namespace KmsPS.Engine.Keys;

/// <summary>
/// A Java transformation such as <c>AES/CTR/NoPadding</c>. A key made with given material may carry any text; only a key whose
/// material is generated needs an algorithm that we know.
/// </summary>
/// <param name="Value">The text as it was given.</param>
public readonly record struct CipherName(string Value)
{
    /// <summary>Hadoop's default, <c>hadoop.security.key.default.cipher</c>.</summary>
    public static CipherName Default { get; } = new("AES/CTR/NoPadding");

    /// <summary>What stands before the first slash: <c>AES</c>. SOURCE: Hadoop KeyProvider.Metadata.getAlgorithm.</summary>
    public string Algorithm => Value.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? Value[..slash] : Value;

    /// <summary>The text as it was given.</summary>
    public override string ToString() => Value;
}
