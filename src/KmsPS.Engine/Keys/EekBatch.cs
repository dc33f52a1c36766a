namespace KmsPS.Engine.Keys;

/// <summary>
/// EEKs that were made together, in one array: for each a 16-byte IV followed by the wrapped DEK. Nothing in it is secret.
/// </summary>
public sealed class EekBatch
{
    /// <summary>Bytes of an IV: one AES block.</summary>
    public const int IvLength = 16;

    private readonly byte[] _packed;

    /// <param name="key">The zone key.</param>
    /// <param name="version">The version of it that wraps.</param>
    /// <param name="materialLength">Bytes of a wrapped DEK.</param>
    /// <param name="packed">IV and wrapped DEK, in turn; owned by the batch from now on.</param>
    public EekBatch(KeyName key, KeyVersionName version, int materialLength, byte[] packed)
    {
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentOutOfRangeException.ThrowIfNegative(materialLength);
        Key = key;
        Version = version;
        MaterialLength = materialLength;
        _packed = packed;
        Count = packed.Length / (IvLength + materialLength);
    }

    /// <summary>The zone key.</summary>
    public KeyName Key { get; }

    /// <summary>The version of it that wraps.</summary>
    public KeyVersionName Version { get; }

    /// <summary>Bytes of a wrapped DEK.</summary>
    public int MaterialLength { get; }

    /// <summary>Number of EEKs.</summary>
    public int Count { get; }

    /// <summary>One of them as an object of its own.</summary>
    public EncryptedKeyVersion this[int index] => new(Key, Version, _packed.AsMemory(At(index), IvLength), _packed.AsMemory(At(index) + IvLength, MaterialLength));

    /// <summary>The IV of one.</summary>
    public ReadOnlySpan<byte> Iv(int index) => _packed.AsSpan(At(index), IvLength);

    /// <summary>The wrapped DEK of one.</summary>
    public ReadOnlySpan<byte> EncryptedMaterial(int index) => _packed.AsSpan(At(index) + IvLength, MaterialLength);

    private int At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return index * (IvLength + MaterialLength);
    }
}
