using System.Security.Cryptography;

namespace KmsPS.Engine.Secrets;

/// <summary>Fills <paramref name="destination"/>, which is exactly as long as the secret that is being made.</summary>
public delegate void SecretFiller<in TState>(Span<byte> destination, TState state)
    where TState : allows ref struct;

/// <summary>
/// A handle on plaintext key bytes, a password or a PIN. Several handles may share the same bytes; the last
/// <see cref="Dispose"/> overwrites them with zeroes.
/// </summary>
/// <remarks>
/// The bytes lie in one pinned place, so the collector makes no copies of them; a handle that nobody disposed is caught by that place's
/// finaliser. They are read only through
/// <see cref="Open"/>, which a search for that name finds. INVARIANT: no other type keeps secret bytes longer than one stack frame.
/// </remarks>
public sealed class SecretBytes : IDisposable
{
    private readonly Block _block;
    private int _disposed;

    private SecretBytes(Block block) => _block = block;

    /// <summary>Length of the secret, in bytes. Free to ask, also after the handle was disposed.</summary>
    public int Length => _block.Length;

    /// <summary>Makes a secret of <paramref name="length"/> bytes from the operating system's generator.</summary>
    public static SecretBytes Random(int length) =>
        Create(length, 0, static (destination, _) => RandomNumberGenerator.Fill(destination));

    /// <summary>Copies <paramref name="source"/>; the caller still owns, and should clear, what it gave.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> source) =>
        Create(source.Length, source, static (destination, from) => from.CopyTo(destination));

    /// <summary>Makes a secret of <paramref name="length"/> bytes that <paramref name="fill"/> writes in place.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative.</exception>
    public static SecretBytes Create<TState>(int length, TState state, SecretFiller<TState> fill)
        where TState : allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentNullException.ThrowIfNull(fill);
        Block block = new(length);
        try
        {
            fill(block.Bytes, state);
            return new SecretBytes(block);
        }
        catch
        {
            block.Release();
            throw;
        }
    }

    /// <summary>A second handle on the same bytes; each handle is disposed by itself.</summary>
    /// <exception cref="ObjectDisposedException">This handle was disposed.</exception>
    public SecretBytes Share()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        _block.Retain();
        return new SecretBytes(_block);
    }

    /// <summary>Opens a window for reading. The bytes stay in place at least until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">This handle was disposed.</exception>
    public SecretLease Open()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        _block.Retain();
        return new SecretLease(_block);
    }

    /// <summary>
    /// Keeps beside the secret something computed from it, such as an expanded key. It lives as long as the secret, is zeroed with
    /// it, and is read through <see cref="SecretLease.Derived"/>. A second call changes nothing.
    /// </summary>
    internal void Derive(int length, Action<ReadOnlySpan<byte>, Span<byte>> compute)
    {
        using SecretLease lease = Open();
        _block.Derive(length, compute);
    }

    /// <summary>As <see cref="Share"/>, but <see langword="null"/> where the last holder is gone: for caches that give up entries.</summary>
    internal SecretBytes? TryShare() => Volatile.Read(ref _disposed) == 0 && _block.TryRetain() ? new SecretBytes(_block) : null;

    /// <summary>Compares two secrets without telling by its duration where they differ.</summary>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other)
    {
        using SecretLease mine = Open();
        return CryptographicOperations.FixedTimeEquals(mine.Span, other);
    }

    /// <summary>Gives up this handle; with the last one the bytes are zeroed.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _block.Release();
        }
    }

    /// <summary>The length and nothing else.</summary>
    public override string ToString() => $"SecretBytes({Length} bytes)";

    /// <summary>The shared bytes with the number of handles and leases on them.</summary>
    internal sealed class Block(int length)
    {
        private SecretSlot? _slot = SecretSlot.Rent(length);
        private Kept? _derived;
        private int _holders = 1;

        internal int Length { get; } = length;

        // Nobody reads what was given back: the place may be another secret's by then.
        internal Span<byte> Bytes => _slot is { } slot ? slot.Bytes(Length) : throw new ObjectDisposedException(nameof(SecretBytes));

        internal ReadOnlySpan<byte> Derived => Volatile.Read(ref _derived) is { } derived ? derived.Slot.Bytes(derived.Length) : default;

        internal void Derive(int length, Action<ReadOnlySpan<byte>, Span<byte>> compute)
        {
            if (Volatile.Read(ref _derived) is not null)
            {
                return;
            }

            Kept derived = new(SecretSlot.Rent(length), length);
            compute(Bytes, derived.Slot.Bytes(length));
            if (Interlocked.CompareExchange(ref _derived, derived, null) is not null)
            {
                derived.Slot.Dispose();
            }
        }

        internal void Retain() => ObjectDisposedException.ThrowIf(!TryRetain(), typeof(SecretBytes));

        internal bool TryRetain()
        {
            int holders;
            do
            {
                holders = Volatile.Read(ref _holders);
                if (holders <= 0)
                {
                    return false;
                }
            }
            while (Interlocked.CompareExchange(ref _holders, holders + 1, holders) != holders);
            return true;
        }

        internal void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
            {
                Interlocked.Exchange(ref _slot, null)?.Dispose();
                Interlocked.Exchange(ref _derived, null)?.Slot.Dispose();
            }
        }

        private sealed record Kept(SecretSlot Slot, int Length);
    }
}
