using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using X86 = System.Runtime.Intrinsics.X86;

namespace KmsPS.Engine.Crypto;

/// <summary>
/// The AES block function on the processor's own instructions, with the key schedule in the caller's memory. No table is looked
/// up, so neither key nor data shows in the cache.
/// </summary>
/// <remarks>SOURCE: FIPS 197, 5.2 (key expansion) and 5.1 (cipher). docs/adr/0004 says why this stands beside .NET's own AES.</remarks>
internal static class AesSchedule
{
    /// <summary>Bytes of the longest schedule: 15 round keys of an AES-256 key.</summary>
    internal const int MaxLength = 15 * AesCtr.BlockLength;

    /// <summary>Whether this processor has the instructions.</summary>
    internal static bool IsSupported => X86.Aes.IsSupported;

    /// <summary>Bytes of the schedule of a key of 16, 24 or 32 bytes.</summary>
    internal static int LengthFor(int keyLength) => ((keyLength / sizeof(uint)) + 7) * AesCtr.BlockLength;

    /// <summary>Expands <paramref name="key"/> (16, 24 or 32 bytes) into <paramref name="schedule"/>, which is <see cref="LengthFor"/> long.</summary>
    internal static void Expand(scoped ReadOnlySpan<byte> key, scoped Span<byte> schedule)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(schedule);
        int keyWords = key.Length / sizeof(uint);
        key.CopyTo(schedule);
        uint roundConstant = 1;
        for (int i = keyWords; i < words.Length; i++)
        {
            uint word = words[i - 1];
            if (i % keyWords == 0)
            {
                // RotWord in little-endian order; the constant doubles in GF(2^8).
                word = BitOperations.RotateRight(SubWord(word), 8) ^ roundConstant;
                roundConstant = (roundConstant << 1) ^ ((roundConstant >> 7) * 0x11B);
            }
            else if (keyWords > 6 && i % keyWords == 4)
            {
                word = SubWord(word);
            }

            words[i] = words[i - keyWords] ^ word;
        }
    }

    /// <summary>Encrypts one block.</summary>
    internal static Vector128<byte> Encrypt(ReadOnlySpan<Vector128<byte>> schedule, Vector128<byte> block)
    {
        block ^= schedule[0];
        for (int round = 1; round < schedule.Length - 1; round++)
        {
            block = X86.Aes.Encrypt(block, schedule[round]);
        }

        return X86.Aes.EncryptLast(block, schedule[^1]);
    }

    private static uint SubWord(uint word) => X86.Aes.KeygenAssist(Vector128.Create(0u, word, 0, 0).AsByte(), 0).AsUInt32().ToScalar();
}
