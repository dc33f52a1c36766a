using System.Security.Cryptography;

namespace KmsPS.Engine.Secrets;

/// <summary>A pinned place for secret bytes. Those of usual lengths are used again, zeroed in between.</summary>
/// <remarks>The finaliser is the net: a place that nobody gave back is zeroed before its memory is anybody else's.</remarks>
internal sealed class SecretSlot : IDisposable
{
    // Keys, data keys and passwords.
    private static readonly SecretSlabs Small = new(64);

    // Expanded AES keys (240 bytes for 256 bits).
    private static readonly SecretSlabs Large = new(256);

    private readonly Memory<byte> _bytes;
    private readonly SecretSlabs? _home;

    internal SecretSlot(Memory<byte> bytes, SecretSlabs? home)
    {
        _bytes = bytes;
        _home = home;
    }

    /// <summary>A place of at least <paramref name="length"/> bytes. INVARIANT: whoever rents it gives it back once, and then forgets it.</summary>
    internal static SecretSlot Rent(int length) =>
        length <= Small.SlotLength ? Small.Take()
        : length <= Large.SlotLength ? Large.Take()
        : new SecretSlot(GC.AllocateArray<byte>(length, pinned: true), null);

    /// <summary>The first <paramref name="length"/> bytes.</summary>
    internal Span<byte> Bytes(int length) => _bytes.Span[..length];

    /// <summary>Zeroes the place and keeps it for others.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes.Span);
        if (_home is null)
        {
            GC.SuppressFinalize(this);
        }
        else
        {
            _home.Keep(this);
        }
    }

    ~SecretSlot()
    {
        CryptographicOperations.ZeroMemory(_bytes.Span);
        if (_home is not null)
        {
            GC.ReRegisterForFinalize(this);
            _home.Keep(this);
        }
    }
}
