using System.Buffers.Binary;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>
/// Hadoop's hidden checksum file <c>.NAME.crc</c> on a local file system. One that does not fit makes Hadoop take a good keystore
/// for a damaged one, so it is removed before the keystore is replaced, and made anew afterwards where there was one.
/// </summary>
/// <remarks>SOURCE: Hadoop ChecksumFileSystem: "crc\0", bytes per checksum, then a CRC-32 for each 512 bytes.</remarks>
internal static class HadoopChecksum
{
    private const int Chunk = 512;

    internal static string PathFor(string file) => Path.Combine(Path.GetDirectoryName(file) ?? "", $".{Path.GetFileName(file)}.crc");

    internal static byte[] Of(ReadOnlySpan<byte> content)
    {
        byte[] sums = new byte[8 + (4 * ((content.Length + Chunk - 1) / Chunk))];
        "crc\0"u8.CopyTo(sums);
        BinaryPrimitives.WriteInt32BigEndian(sums.AsSpan(4), Chunk);
        for (int i = 0, at = 8; i < content.Length; i += Chunk, at += 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(sums.AsSpan(at), Crc32(content.Slice(i, Math.Min(Chunk, content.Length - i))));
        }

        return sums;
    }

    // The CRC of ISO 3309, bit by bit: a keystore is small and written rarely.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
