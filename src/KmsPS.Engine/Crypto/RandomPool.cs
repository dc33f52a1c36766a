using System.Security.Cryptography;

namespace KmsPS.Engine.Crypto;

/// <summary>
/// The operating system's random bytes, fetched 4 KiB at a time for each thread: one fetch costs as much as one of 16 bytes. What
/// was given out is overwritten in the pool.
/// </summary>
internal sealed class RandomPool
{
    private const int Size = 4096;

    private static readonly ThreadLocal<RandomPool> OfThread = new(static () => new RandomPool());

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private int _next = Size;

    /// <summary>The calling thread's pool; it is not handed to another thread, nor kept over an await.</summary>
    internal static RandomPool Mine => OfThread.Value!;

    /// <summary>Fills <paramref name="destination"/> with bytes that nobody else gets.</summary>
    internal void Fill(Span<byte> destination)
    {
        if (destination.Length > Size / 4)
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        if (Size - _next < destination.Length)
        {
            RandomNumberGenerator.Fill(_bytes);
            _next = 0;
        }

        Span<byte> taken = _bytes.AsSpan(_next, destination.Length);
        taken.CopyTo(destination);
        CryptographicOperations.ZeroMemory(taken);
        _next += destination.Length;
    }
}
