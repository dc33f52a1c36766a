using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>
/// The cipher of a backup's frames. A frame is 4 bytes (its length; the highest bit set in the last frame), the ciphertext, 16 bytes of
/// tag; AES-256-GCM under a key of this backup alone, with the frame's number as nonce and the 4 bytes as associated data.
/// </summary>
/// <remarks>SOURCE: the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015): no frame can be cut, moved, doubled or left out.</remarks>
internal sealed class BackupFrames : IDisposable
{
    internal const int Length = 64 * 1024;
    internal const int TagLength = 16;
    internal const int WordLength = sizeof(uint);
    internal const uint LastBit = 0x8000_0000;

    private readonly SecretBytes _key;
    private ulong _number;

    /// <param name="content">The content key.</param>
    /// <param name="header">Every byte before the frames: a changed one gives another key.</param>
    internal BackupFrames(SecretBytes content, ReadOnlySpan<byte> header)
    {
        RowWriter info = new("KmsPS backup frames 1");
        info.Add(SHA256.HashData(header));
        using SecretLease plain = content.Open();
        _key = SecretBytes.Create(KeySealer.KeyLength, new Job(plain.Span, info.Span), static (destination, job) => HKDF.DeriveKey(HashAlgorithmName.SHA512, job.Content, destination, [], job.Info));
    }

    /// <summary>Encrypts the next frame into <paramref name="frame"/>: word, ciphertext, tag.</summary>
    internal void Seal(ReadOnlySpan<byte> plain, bool isLast, Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)plain.Length | (isLast ? LastBit : 0));
        using SecretLease key = _key.Open();
        using AesGcm gcm = new(key.Span, TagLength);
        gcm.Encrypt(Nonce(), plain, frame.Slice(WordLength, plain.Length), frame.Slice(WordLength + plain.Length, TagLength), frame[..WordLength]);
    }

    /// <summary>Decrypts the next frame; <see langword="false"/> when any byte of it, or its place, is not what was written.</summary>
    internal bool TryOpen(ReadOnlySpan<byte> word, ReadOnlySpan<byte> box, Span<byte> plain)
    {
        using SecretLease key = _key.Open();
        using AesGcm gcm = new(key.Span, TagLength);
        try
        {
            gcm.Decrypt(Nonce(), box[..^TagLength], box[^TagLength..], plain, word);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _key.Dispose();

    // No number comes twice under a key: it is this backup's own, and 2^64 frames are never written.
    private byte[] Nonce()
    {
        byte[] nonce = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(4), _number++);
        return nonce;
    }

    private readonly ref struct Job(ReadOnlySpan<byte> content, ReadOnlySpan<byte> info)
    {
        public readonly ReadOnlySpan<byte> Content = content;
        public readonly ReadOnlySpan<byte> Info = info;
    }
}
