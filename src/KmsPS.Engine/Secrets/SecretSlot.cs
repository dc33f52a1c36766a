using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace KmsPS.Engine.Secrets;

/// <summary>
/// A pinned place for secret bytes. Small ones are used again, zeroed in between: a pinned array of its own for every data key would
/// cost more than unwrapping the key.
/// </summary>
/// <remarks>The finaliser is the net: a place that nobody gave back is zeroed before its memory is anybody else's.</remarks>
internal sealed class SecretSlot : IDisposable
{
    private const int SmallLength = 64;
    private const int MostSpare = 1024;

    private static readonly ConcurrentQueue<SecretSlot> Spare = new();

    private readonly byte[] _bytes;

    private SecretSlot(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>A place of at least <paramref name="length"/> bytes. INVARIANT: whoever rents it gives it back once, and then forgets it.</summary>
    internal static SecretSlot Rent(int length) => length > SmallLength ? new SecretSlot(length)
        : Spare.TryDequeue(out SecretSlot? slot) ? slot
        : new SecretSlot(SmallLength);

    /// <summary>The first <paramref name="length"/> bytes.</summary>
    internal Span<byte> Bytes(int length) => _bytes.AsSpan(0, length);

    /// <summary>Zeroes the place and keeps it for others.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        if (_bytes.Length == SmallLength && Spare.Count < MostSpare)
        {
            Spare.Enqueue(this);
        }
        else
        {
            GC.SuppressFinalize(this);
        }
    }

    ~SecretSlot() => CryptographicOperations.ZeroMemory(_bytes);
}
