using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KmsPS.Engine.Audit;

/// <summary>A place in the chain of lines: a line's number, and the hash over it and all before it.</summary>
/// <param name="Number">The line's number; 0 before the first.</param>
/// <param name="Hash">SHA-256 of the previous hash and the line's bytes up to its own <c>chain</c> member.</param>
internal readonly record struct AuditLink(long Number, AuditLink.Digest Hash)
{
    /// <summary>Stands between a line and its hash.</summary>
    internal static ReadOnlySpan<byte> Mark => ",\"chain\":\""u8;

    /// <summary>Stands after the hash.</summary>
    internal static ReadOnlySpan<byte> End => "\"}"u8;

    internal static AuditLink Start => default;

    /// <summary>The link of the line that follows.</summary>
    /// <param name="line">The line up to and without <see cref="Mark"/>.</param>
    internal AuditLink Next(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> before = stackalloc byte[SHA256.HashSizeInBytes];
        Hash.CopyTo(before);
        sha.AppendData(before);
        sha.AppendData(line);
        sha.GetHashAndReset(hash);
        return new AuditLink(Number + 1, Digest.Of(hash));
    }

    /// <summary>The head file's text: number and hash, always of one length.</summary>
    internal byte[] ToHead() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Number:D19} {Hash}\n"));

    /// <summary>Reads a head file's text.</summary>
    internal static AuditLink? FromHead(ReadOnlySpan<byte> text)
    {
        string[] parts = Encoding.ASCII.GetString(text).Split(' ', '\n');
        return parts is [{ } number, { } hash, ..] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && Digest.TryParse(hash) is { } digest
            ? new AuditLink(value, digest)
            : null;
    }

    /// <summary>Reads number and hash from a line, without checking them; <see langword="null"/> when it is no line of ours.</summary>
    internal static AuditLink? FromLine(ReadOnlySpan<byte> line)
    {
        int mark = line.LastIndexOf(Mark);
        if (mark < 0 || !line.EndsWith(End) || ReadNumber(line) is not { } number)
        {
            return null;
        }

        ReadOnlySpan<byte> hash = line[(mark + Mark.Length)..^End.Length];
        return Digest.TryParse(Encoding.ASCII.GetString(hash)) is { } digest ? new AuditLink(number, digest) : null;
    }

    private static long? ReadNumber(ReadOnlySpan<byte> line)
    {
        Utf8JsonReader reader = new(line);
        try
        {
            return reader.Read() && reader.Read() && reader.ValueTextEquals("n"u8) && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number)
                ? number
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>32 bytes, as a value.</summary>
    internal readonly record struct Digest(UInt128 High, UInt128 Low)
    {
        internal static Digest Of(ReadOnlySpan<byte> bytes) =>
            new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes), System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

        internal static Digest? TryParse(string text)
        {
            Span<byte> bytes = stackalloc byte[33];
            return text.Length == 44 && Convert.TryFromBase64String(text, bytes, out int length) && length == SHA256.HashSizeInBytes ? Of(bytes) : null;
        }

        internal void CopyTo(Span<byte> bytes)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
        }

        public override string ToString()
        {
            Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
            CopyTo(bytes);
            return Convert.ToBase64String(bytes);
        }
    }
}
