using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>
/// Seals rows at rest under one store key with AES-256-GCM. What a row must not be separated from travels as associated data.
/// </summary>
/// <remarks>
/// Layout: 12 bytes of random nonce, the ciphertext, 16 bytes of tag. SOURCE: NIST SP 800-38D, 8.2.2 (random nonces: at most 2^32
/// seals under one key). The arithmetic object is made anew for each call because it may not be shared between threads.
/// </remarks>
internal sealed class KeySealer : IDisposable
{
    /// <summary>Bytes of a store key.</summary>
    public const int KeyLength = 32;

    /// <summary>Bytes that a seal adds to what it seals.</summary>
    public const int Overhead = NonceLength + TagLength;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly SecretBytes _key;

    /// <param name="key">32 bytes; the caller keeps, and disposes, its own handle.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public KeySealer(SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key.Length == KeyLength
            ? key.Share()
            : throw new ArgumentException($"A store key is {KeyLength} bytes long; this one has {key.Length}.", nameof(key));
    }

    /// <summary>Seals <paramref name="plain"/> so that it opens only beside the same <paramref name="associated"/> bytes.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        byte[] box = new byte[plain.Length + Overhead];
        Span<byte> nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using SecretLease key = _key.Open();
        using AesGcm gcm = new(key.Span, TagLength);
        gcm.Encrypt(nonce, plain, box.AsSpan(NonceLength, plain.Length), box.AsSpan(NonceLength + plain.Length), associated);
        return box;
    }

    /// <summary>Opens a box; the caller disposes what it gets. <see langword="null"/> when a byte of box or associated data differs.</summary>
    public SecretBytes? TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated)
    {
        if (box.Length < Overhead)
        {
            return null;
        }

        using SecretLease key = _key.Open();
        try
        {
            return SecretBytes.Create(box.Length - Overhead, new Job(key.Span, box, associated), static (plain, job) =>
            {
                using AesGcm gcm = new(job.Key, TagLength);
                gcm.Decrypt(job.Box[..NonceLength], job.Box[NonceLength..^TagLength], job.Box[^TagLength..], plain, job.Associated);
            });
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>Gives up the store key.</summary>
    public void Dispose() => _key.Dispose();

    private readonly ref struct Job(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated)
    {
        public readonly ReadOnlySpan<byte> Key = key;
        public readonly ReadOnlySpan<byte> Box = box;
        public readonly ReadOnlySpan<byte> Associated = associated;
    }
}
