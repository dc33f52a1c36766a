using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.JavaKeyStores;

/// <summary>The bytes are a keystore, but its digest does not fit: another password, or somebody changed it.</summary>
public sealed class KeyStorePasswordException() : Exception("Keystore was tampered with, or password was incorrect");

/// <summary>Reads and writes the container that JKS and JCEKS share.</summary>
/// <remarks>SOURCE: com.sun.crypto.provider.JceKeyStore, sun.security.provider.JavaKeyStore; measured.</remarks>
public static class JavaKeyStoreFile
{
    private const uint JceksMagic = 0xCECECECE;
    private const uint JksMagic = 0xFEEDFEED;
    private const int CurrentVersion = 2;

    /// <summary>Largest file that is read, in bytes.</summary>
    public const int MaxLength = 256 * 1024 * 1024;

    /// <summary>Reads a keystore and proves that nobody without the password changed it.</summary>
    /// <exception cref="FormatException">It is no keystore, is cut off, or holds something that no keystore holds.</exception>
    /// <exception cref="KeyStorePasswordException">Its digest does not fit the password.</exception>
    public static IReadOnlyList<JavaKeyStoreEntry> Read(ReadOnlyMemory<byte> file, SecretBytes password)
    {
        Cursor cursor = new(file);
        if (cursor.UInt32() is not (JceksMagic or JksMagic))
        {
            throw new FormatException("it does not begin as a JKS or JCEKS keystore does");
        }

        int version = cursor.Int32();
        if (version is not (1 or CurrentVersion))
        {
            throw new FormatException($"its format version is {version}; 1 and 2 are known");
        }

        int count = cursor.Int32();
        List<JavaKeyStoreEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            entries.Add(ReadEntry(ref cursor, version));
        }

        int end = cursor.Position;
        ReadOnlySpan<byte> digest = cursor.Take(SHA1.HashSizeInBytes).Span;
        Span<byte> expected = stackalloc byte[SHA1.HashSizeInBytes];
        Digest(file.Span[..end], password, expected);
        return CryptographicOperations.FixedTimeEquals(digest, expected) ? entries : throw new KeyStorePasswordException();
    }

    /// <summary>Writes a JCEKS keystore.</summary>
    public static byte[] Write(IEnumerable<JavaKeyStoreEntry> entries, SecretBytes password)
    {
        JavaKeyStoreEntry[] all = [.. entries];
        using MemoryStream stream = new();
        Span<byte> number = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(number, JceksMagic);
        BinaryPrimitives.WriteInt32BigEndian(number[4..], CurrentVersion);
        BinaryPrimitives.WriteInt32BigEndian(number[8..], all.Length);
        stream.Write(number);
        foreach (JavaKeyStoreEntry entry in all)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, (int)entry.Kind);
            stream.Write(number[..4]);
            ModifiedUtf8.Write(stream, entry.Alias);
            BinaryPrimitives.WriteInt64BigEndian(number, entry.Created.ToUnixTimeMilliseconds());
            stream.Write(number[..8]);
            stream.Write(entry.Body.Span);
        }

        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        Digest(stream.GetBuffer().AsSpan(0, (int)stream.Length), password, digest);
        stream.Write(digest);
        return stream.ToArray();
    }

    private static JavaKeyStoreEntry ReadEntry(ref Cursor cursor, int version)
    {
        int tag = cursor.Int32();
        string alias = cursor.Utf();
        long created = cursor.Int64();
        int start = cursor.Position;
        ReadOnlyMemory<byte> key = default;
        List<ReadOnlyMemory<byte>> certificates = [];
        switch ((JavaEntryKind)tag)
        {
            case JavaEntryKind.PrivateKey:
                key = cursor.Counted();
                for (int left = cursor.Int32(); left > 0; left--)
                {
                    certificates.Add(ReadCertificate(ref cursor, version));
                }

                break;
            case JavaEntryKind.TrustedCertificate:
                certificates.Add(ReadCertificate(ref cursor, version));
                break;
            case JavaEntryKind.SecretKey:
                cursor.SkipObject();
                break;
            default:
                throw new FormatException($"entry '{Keys.Printable.Text(alias)}' is of the unknown kind {tag}");
        }

        return new JavaKeyStoreEntry(alias, (JavaEntryKind)tag, Instant(created), cursor.Since(start)) { EncryptedPrivateKey = key, Certificates = certificates };
    }

    private static ReadOnlyMemory<byte> ReadCertificate(ref Cursor cursor, int version)
    {
        if (version >= CurrentVersion && cursor.Utf() is var type && type is not ("X.509" or "X509"))
        {
            throw new FormatException($"a certificate is of the unknown type '{Keys.Printable.Text(type)}'");
        }

        return cursor.Counted();
    }

    private static DateTimeOffset Instant(long milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.UnixEpoch;

    // SHA-1 of the password in UTF-16BE, a fixed greeting, and everything before the digest.
    private static void Digest(ReadOnlySpan<byte> content, SecretBytes password, Span<byte> digest)
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using SecretLease secret = password.Open();
        Span<byte> wide = stackalloc byte[2];
        Span<char> utf16 = stackalloc char[2];
        for (ReadOnlySpan<byte> rest = secret.Span; System.Text.Rune.DecodeFromUtf8(rest, out System.Text.Rune rune, out int used) == OperationStatus.Done; rest = rest[used..])
        {
            int units = rune.EncodeToUtf16(utf16);
            foreach (char unit in utf16[..units])
            {
                BinaryPrimitives.WriteUInt16BigEndian(wide, unit);
                sha.AppendData(wide);
            }
        }

        utf16.Clear();

        CryptographicOperations.ZeroMemory(wide);
        sha.AppendData("Mighty Aphrodite"u8);
        sha.AppendData(content);
        sha.GetHashAndReset(digest);
    }

    private struct Cursor(ReadOnlyMemory<byte> file)
    {
        public int Position { get; private set; }

        public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4).Span);

        public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4).Span);

        public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8).Span);

        public string Utf() => ModifiedUtf8.Decode(Take(BinaryPrimitives.ReadUInt16BigEndian(Take(2).Span)).Span);

        public ReadOnlyMemory<byte> Counted() => Take(Int32());

        public readonly ReadOnlyMemory<byte> Since(int start) => file[start..Position];

        // A sealed key stands without a length before it: only its own grammar tells where it ends.
        public void SkipObject()
        {
            JavaStreamReader reader = new(file.Span[Position..]);
            if (reader.ReadObject().Class.Name is var found && found != JavaStreamReader.SealedClass)
            {
                throw new FormatException($"a {found} stands where a sealed key should be");
            }

            Position += reader.Position;
        }

        public ReadOnlyMemory<byte> Take(int length)
        {
            if (length < 0 || length > file.Length - Position)
            {
                throw new FormatException("it is cut off");
            }

            Position += length;
            return file.Slice(Position - length, length);
        }
    }
}
