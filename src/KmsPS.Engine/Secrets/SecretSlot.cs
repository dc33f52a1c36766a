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

    // Each core looks for its own few first: nothing is queued up for, and nothing is counted.
    private const int SpareACore = 4;

    private static readonly SecretSlot?[] Spare = new SecretSlot?[256];

    private readonly byte[] _bytes;

    private SecretSlot(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>A place of at least <paramref name="length"/> bytes. INVARIANT: whoever rents it gives it back once, and then forgets it.</summary>
    internal static SecretSlot Rent(int length) => length > SmallLength ? new SecretSlot(length)
        : TakeSpare() ?? new SecretSlot(SmallLength);

    /// <summary>The first <paramref name="length"/> bytes.</summary>
    internal Span<byte> Bytes(int length) => _bytes.AsSpan(0, length);

    /// <summary>Zeroes the place and keeps it for others.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        if (_bytes.Length != SmallLength || !TryKeep(this))
        {
            GC.SuppressFinalize(this);
        }
    }

    private static int FirstOfCore => Thread.GetCurrentProcessorId() * SpareACore % Spare.Length;

    private static SecretSlot? TakeSpare()
    {
        int first = FirstOfCore;
        for (int i = 0; i < SpareACore; i++)
        {
            ref SecretSlot? place = ref Spare[first + i];
            if (place is not null && Interlocked.Exchange(ref place, null) is { } slot)
            {
                return slot;
            }
        }

        return null;
    }

    private static bool TryKeep(SecretSlot slot)
    {
        int first = FirstOfCore;
        for (int i = 0; i < SpareACore; i++)
        {
            ref SecretSlot? place = ref Spare[first + i];
            if (place is null && Interlocked.CompareExchange(ref place, slot, null) is null)
            {
                return true;
            }
        }

        return false;
    }

    ~SecretSlot() => CryptographicOperations.ZeroMemory(_bytes);
}
