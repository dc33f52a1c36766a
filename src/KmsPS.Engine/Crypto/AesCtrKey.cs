using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Crypto;

/// <summary>An AES key made ready for counter mode, for the length of one block of code: one expansion for many uses.</summary>
internal readonly ref struct AesCtrKey : IDisposable
{
    private readonly ReadOnlySpan<Vector128<byte>> _schedule;
    private readonly Span<byte> _scratch;
    private readonly Aes? _aes;

    /// <summary>Takes the schedule that is kept beside the key, or makes one in <paramref name="scratch"/>.</summary>
    internal AesCtrKey(in SecretLease key, Span<byte> scratch)
        : this(key.Span, key.Derived, scratch)
    {
    }

    /// <param name="key">16, 24 or 32 bytes.</param>
    /// <param name="expanded">The key's schedule, where somebody kept it; else empty.</param>
    /// <param name="scratch"><see cref="AesSchedule.MaxLength"/> bytes for a schedule; zeroed at the end.</param>
    /// <param name="portable">Whether .NET's own AES is to be used in any case: the reference for tests.</param>
    internal AesCtrKey(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> expanded, Span<byte> scratch, bool portable = false)
    {
        if (portable || !AesSchedule.IsSupported || key.Length is not (16 or 24 or 32))
        {
            // Says itself what is wrong with a key of another length.
            _aes = Aes.Create();
            _aes.SetKey(key);
            return;
        }

        if (expanded.IsEmpty)
        {
            Span<byte> schedule = scratch[..AesSchedule.LengthFor(key.Length)];
            AesSchedule.Expand(key, schedule);
            _scratch = schedule;
            expanded = schedule;
        }

        _schedule = MemoryMarshal.Cast<byte, Vector128<byte>>(expanded);
    }

    /// <summary>Encrypts or decrypts; <paramref name="output"/> is as long as <paramref name="input"/> and may be the same.</summary>
    internal void Transform(ReadOnlySpan<byte> counter, ReadOnlySpan<byte> input, Span<byte> output)
    {
        UInt128 next = BinaryPrimitives.ReadUInt128BigEndian(counter);
        for (int at = 0; at < input.Length; at += AesCtr.BlockLength)
        {
            Vector128<byte> stream = Encrypt(next++);
            if (input.Length - at >= AesCtr.BlockLength)
            {
                (Vector128.Create(input.Slice(at, AesCtr.BlockLength)) ^ stream).CopyTo(output[at..]);
            }
            else
            {
                TransformRest(stream, input[at..], output[at..]);
            }
        }
    }

    /// <summary>Clears the schedule, unless it belongs to the key.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_scratch);
        _aes?.Dispose();
    }

    private static void TransformRest(Vector128<byte> stream, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> block = stackalloc byte[AesCtr.BlockLength];
        stream.CopyTo(block);
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (byte)(input[i] ^ block[i]);
        }

        CryptographicOperations.ZeroMemory(block);
    }

    private Vector128<byte> Encrypt(UInt128 counter)
    {
        if (_aes is null)
        {
            // Big-endian in registers: written to memory in halves and read back whole, it would cost more than the cipher.
            ulong high = BinaryPrimitives.ReverseEndianness((ulong)(counter >> 64));
            ulong low = BinaryPrimitives.ReverseEndianness((ulong)counter);
            return AesSchedule.Encrypt(_schedule, Vector128.Create(high, low).AsByte());
        }

        Span<byte> block = stackalloc byte[AesCtr.BlockLength];
        BinaryPrimitives.WriteUInt128BigEndian(block, counter);
        _aes.EncryptEcb(block, block, PaddingMode.None);
        Vector128<byte> stream = Vector128.Create<byte>(block);
        CryptographicOperations.ZeroMemory(block);
        return stream;
    }
}
