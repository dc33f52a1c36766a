using KmsPS.Engine.Keys;

namespace KmsPS.Server;

/// <summary>What the REST interface fills in for a client.</summary>
/// <param name="DefaultCipher"><c>hadoop.security.key.default.cipher</c>.</param>
/// <param name="DefaultBitLength"><c>hadoop.security.key.default.bitlength</c>.</param>
internal sealed record RestOptions(CipherName DefaultCipher, int DefaultBitLength)
{
    /// <summary>Most bytes of a body: <c>kmsps.http.max.body.bytes</c>.</summary>
    public int MaxBody { get; init; } = 1024 * 1024;

    /// <summary>Most bytes of the one body that carries many EEKs: <c>kmsps.http.max.batch.body.bytes</c>.</summary>
    public int MaxBatchBody { get; init; } = 8 * 1024 * 1024;

    /// <summary>Hadoop's own defaults.</summary>
    public static RestOptions Default { get; } = new(CipherName.Default, NewKey.DefaultBitLength);
}
