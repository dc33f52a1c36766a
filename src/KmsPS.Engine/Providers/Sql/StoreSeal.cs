using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>One store key, ready to seal, with the name that rows carry of it.</summary>
/// <param name="Id">16 bytes.</param>
/// <param name="Sealer">Seals and opens under it.</param>
internal sealed record StoreSeal(byte[] Id, KeySealer Sealer)
{
    /// <summary>The id as people read it.</summary>
    internal string Name => Convert.ToHexStringLower(Id);

    /// <summary>Seals; the id and the box go into one row together. INVARIANT: <paramref name="bound"/> binds this id.</summary>
    internal SealedRow Seal(ReadOnlySpan<byte> plain, RowWriter bound) => new(Id, Sealer.Seal(plain, bound.Span));
}

/// <summary>The two columns that every sealed row has.</summary>
/// <param name="KeyId">Which store key sealed it.</param>
/// <param name="Box">The seal.</param>
internal readonly record struct SealedRow(byte[] KeyId, byte[] Box);

/// <summary>A row, or the store itself, names a store key that this process does not know yet: another server may have rotated it.</summary>
internal sealed class StoreKeyMovedException(ErrorKind kind, string message, string remedy) : KmsException(kind, message, remedy, isTransient: kind == ErrorKind.StoreUnavailable);
