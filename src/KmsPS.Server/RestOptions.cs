using KmsPS.Engine.Keys;

namespace KmsPS.Server;

/// <summary>What the REST interface fills in for a client.</summary>
/// <param name="DefaultCipher"><c>hadoop.security.key.default.cipher</c>.</param>
/// <param name="DefaultBitLength"><c>hadoop.security.key.default.bitlength</c>.</param>
internal sealed record RestOptions(CipherName DefaultCipher, int DefaultBitLength)
{
    /// <summary>Hadoop's own defaults.</summary>
    public static RestOptions Default { get; } = new(CipherName.Default, NewKey.DefaultBitLength);
}
