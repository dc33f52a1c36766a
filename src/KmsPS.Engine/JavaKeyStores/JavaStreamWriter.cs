using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KmsPS.Engine.JavaKeyStores;

/// <summary>Writes the three kinds of serialised object that a Hadoop keystore holds, byte for byte as a JDK writes them.</summary>
/// <remarks>SOURCE: measured on JDK 17, unchanged since JDK 5. Class identifiers are the JDK's and Hadoop's serialVersionUIDs.</remarks>
internal static class JavaStreamWriter
{
    // Java writes block data in pieces of this size. SOURCE: java.io.ObjectOutputStream.MAX_BLOCK_SIZE.
    private const int BlockLength = 1024;

    private static readonly byte[] ByteArrayClass = [0x75, 0x72, 0x00, 0x02, .. "[B"u8, 0xAC, 0xF3, 0x17, 0xF8, 0x06, 0x08, 0x54, 0xE0, 0x02, 0x00, 0x00, 0x78, 0x70];

    /// <summary>The object that stands in a keystore's entry: salt and iterations beside the sealed bytes.</summary>
    internal static byte[] Sealed(ReadOnlySpan<byte> encodedParameters, ReadOnlySpan<byte> encryptedContent)
    {
        using MemoryStream stream = new();
        Header(stream, JavaStreamReader.SealedClass, 0xCD57CA59E730BB53, 0x02, 0);
        stream.WriteByte(0x78);
        stream.WriteByte(0x72);
        ModifiedUtf8.Write(stream, "javax.crypto.SealedObject");
        stream.Write([0x3E, 0x36, 0x3D, 0xA6, 0xC3, 0xB7, 0x54, 0x70, 0x02, 0x00, 0x04]);
        Field(stream, '[', "encodedParams", "[B");
        Field(stream, '[', "encryptedContent", null, 0x7E0002);
        Field(stream, 'L', "paramsAlg", "Ljava/lang/String;");
        Field(stream, 'L', "sealAlg", null, 0x7E0003);
        stream.Write([0x78, 0x70]);
        stream.Write(ByteArrayClass);
        Counted(stream, encodedParameters);
        stream.Write([0x75, 0x71, 0x00, 0x7E, 0x00, 0x05]);
        Counted(stream, encryptedContent);
        stream.WriteByte(0x74);
        ModifiedUtf8.Write(stream, KeyProtector.Algorithm);
        stream.WriteByte(0x74);
        ModifiedUtf8.Write(stream, KeyProtector.Algorithm);
        return stream.ToArray();
    }

    /// <summary>A secret key. The caller clears the array.</summary>
    internal static byte[] SecretKey(string algorithm, ReadOnlySpan<byte> key)
    {
        using MemoryStream stream = new(256 + algorithm.Length + key.Length);
        Header(stream, JavaStreamReader.SecretKeyClass, 0x5B470B66E230614D, 0x02, 2);
        Field(stream, 'L', "algorithm", "Ljava/lang/String;");
        Field(stream, '[', "key", "[B");
        stream.Write([0x78, 0x70, 0x74]);
        ModifiedUtf8.Write(stream, algorithm);
        stream.Write(ByteArrayClass);
        Counted(stream, key);
        byte[] written = stream.ToArray();
        CryptographicOperations.ZeroMemory(stream.GetBuffer());
        return written;
    }

    /// <summary>Hadoop's metadata pseudo-key around its JSON text.</summary>
    internal static byte[] KeyMetadata(ReadOnlySpan<byte> json)
    {
        using MemoryStream stream = new();
        Header(stream, JavaStreamReader.KeyMetadataClass, 0x74A7A86E03703593, 0x03, 1);
        Field(stream, 'L', "metadata", "Lorg/apache/hadoop/crypto/key/KeyProvider$Metadata;");
        stream.Write([0x78, 0x70]);
        Span<byte> content = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(content, json.Length);
        json.CopyTo(content[4..]);
        Span<byte> length = stackalloc byte[4];
        for (int at = 0; at < content.Length; at += BlockLength)
        {
            ReadOnlySpan<byte> piece = content.Slice(at, Math.Min(BlockLength, content.Length - at));
            if (piece.Length <= byte.MaxValue)
            {
                stream.WriteByte(0x77);
                stream.WriteByte((byte)piece.Length);
            }
            else
            {
                stream.WriteByte(0x7A);
                BinaryPrimitives.WriteInt32BigEndian(length, piece.Length);
                stream.Write(length);
            }

            stream.Write(piece);
        }

        stream.WriteByte(0x78);
        return stream.ToArray();
    }

    private static void Header(MemoryStream stream, string className, ulong identifier, byte flags, ushort fields)
    {
        stream.Write([0xAC, 0xED, 0x00, 0x05, 0x73, 0x72]);
        ModifiedUtf8.Write(stream, className);
        Span<byte> rest = stackalloc byte[11];
        BinaryPrimitives.WriteUInt64BigEndian(rest, identifier);
        rest[8] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(rest[9..], fields);
        stream.Write(rest);
    }

    private static void Field(MemoryStream stream, char type, string name, string? typeName, int handle = 0)
    {
        stream.WriteByte((byte)type);
        ModifiedUtf8.Write(stream, name);
        if (typeName is not null)
        {
            stream.WriteByte(0x74);
            ModifiedUtf8.Write(stream, typeName);
            return;
        }

        Span<byte> reference = stackalloc byte[5];
        reference[0] = 0x71;
        BinaryPrimitives.WriteInt32BigEndian(reference[1..], handle);
        stream.Write(reference);
    }

    private static void Counted(MemoryStream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
    }
}
