using KmsPS.Engine.Keys;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>The two rows of a new key whose name was never used: sealed, and not yet written.</summary>
/// <param name="Record">The key; its first version has number 0.</param>
/// <param name="Key">The seal of its row.</param>
/// <param name="Version">The seal of its first version.</param>
internal sealed record NewKeyRows(KeyRecord Record, SealedRow Key, SealedRow Version)
{
    /// <summary>Whether one store key sealed all of them: a rotation may come between.</summary>
    internal bool IsOfOneStoreKey => Key.KeyId.AsSpan().SequenceEqual(Version.KeyId);

    /// <summary>What a new key's row says while nothing is known of its name.</summary>
    internal static KeyRecord First(NewKey key, long incarnation, long now) => new(
        incarnation,
        key.Name,
        key.Cipher,
        key.BitLength,
        now,
        key.Description,
        key.Attributes,
        0,
        KeyVersionName.Of(key.Name, 0),
        now,
        null);

    internal static NewKeyRows Seal(KeyRows rows, KeyRecord record, SecretBytes material) => new(
        record,
        rows.SealRecord(record),
        rows.SealVersion(record, record.CurrentName, record.CurrentNumber, record.CurrentMs, material));
}
