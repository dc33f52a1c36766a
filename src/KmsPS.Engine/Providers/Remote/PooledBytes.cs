using System.Buffers;
using System.Security.Cryptography;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>
/// Bytes of a request or an answer in rented memory that is overwritten before it goes back: key material passes through here.
/// </summary>
internal sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes;
    private int _length;

    public PooledBytes(int capacity = 512) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
        {
            Return(bytes, _length);
        }

        _length = 0;
    }

    private void Grow(int more)
    {
        if (_bytes.Length - _length >= more)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, _bytes.Length * 2));
        Span.CopyTo(larger);
        Return(_bytes, _length);
        _bytes = larger;
    }

    private static void Return(byte[] bytes, int used)
    {
        CryptographicOperations.ZeroMemory(bytes.AsSpan(0, used));
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
