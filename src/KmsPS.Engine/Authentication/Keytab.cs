using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Authentication;

/// <summary>One key of a key table; the key itself stays in the file.</summary>
/// <param name="Principal">Such as <c>HTTP/host.example.com@EXAMPLE.COM</c>.</param>
/// <param name="Version">The key's number (kvno).</param>
/// <param name="Encryption">The encryption type's number: 17 and 18 are AES.</param>
internal sealed record KeytabEntry(string Principal, int Version, int Encryption);

/// <summary>
/// Reads MIT key tables, to see before any ticket comes whether a server can open one. SOURCE: MIT krb5, "The keytab file format"
/// (version 2, big-endian); checked with files of ktutil and of a recorded server.
/// </summary>
internal static class Keytab
{
    private const int Magic = 0x0502;
    private const int MaxLength = 1 << 20;
    private const string Remedy = "Make one with 'kadmin: ktadd -k FILE HTTP/host', readable by this account, and name it in hadoop.kms.authentication.kerberos.keytab.";

    /// <summary>Reads a file; the caller clears what it was given.</summary>
    /// <exception cref="ConfigurationException">It is no file that can be read, or no key table.</exception>
    internal static byte[] Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (Directory.Exists(path))
            {
                throw Bad(path, "the key table is a folder");
            }

            return file.Length switch
            {
                0 => throw Bad(path, "the key table is empty"),
                > MaxLength => throw Bad(path, $"a key table has at most {MaxLength} bytes"),
                _ => File.ReadAllBytes(path),
            };
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Bad(path, "the key table does not exist", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, $"the key table cannot be read: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    /// <summary>Takes out the entries of certain principals, as a key table of their own, and lists them.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="content">What was read.</param>
    /// <param name="isWanted">Chooses principals.</param>
    /// <param name="entries">The chosen entries, in their order.</param>
    /// <returns>The smaller key table; the caller clears it.</returns>
    /// <exception cref="ConfigurationException">This is no key table.</exception>
    internal static byte[] Select(string path, ReadOnlySpan<byte> content, Func<string, bool> isWanted, out IReadOnlyList<KeytabEntry> entries)
    {
        if (content.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(content) != Magic)
        {
            throw Bad(path, "this is no key table: it does not begin with the bytes 05 02");
        }

        byte[] selected = new byte[content.Length];
        content[..2].CopyTo(selected);
        int length = 2;
        List<KeytabEntry> found = [];
        for (int at = 2; at + 4 <= content.Length;)
        {
            // A negative length is a hole that a removed entry left; nothing follows a zero.
            int size = BinaryPrimitives.ReadInt32BigEndian(content[at..]);
            long span = Math.Abs((long)size);
            if (size == 0)
            {
                break;
            }

            if (at + 4 + span > content.Length)
            {
                CryptographicOperations.ZeroMemory(selected);
                throw Bad(path, $"the key table is damaged at byte {at}: an entry of {span} bytes does not fit into the file");
            }

            int end = at + 4 + (int)span;
            if (size > 0)
            {
                KeytabEntry entry = Entry(path, at, content[(at + 4)..end]);
                if (isWanted(entry.Principal))
                {
                    found.Add(entry);
                    content[at..end].CopyTo(selected.AsSpan(length));
                    length += end - at;
                }
            }

            at = end;
        }

        entries = found;
        byte[] exact = selected[..length];
        CryptographicOperations.ZeroMemory(selected);
        return exact;
    }

    /// <summary>A refusal that says how a good key table is made.</summary>
    internal static ConfigurationException Bad(string path, string problem, Exception? inner = null) => new(problem, path, remedy: Remedy, inner: inner);

    // components, realm, name parts, name type, time, short key number, type and bytes of the key, and since 1.14 the whole key number.
    private static KeytabEntry Entry(string path, int at, ReadOnlySpan<byte> entry)
    {
        try
        {
            int components = BinaryPrimitives.ReadUInt16BigEndian(entry);
            ReadOnlySpan<byte> rest = entry[2..];
            string realm = Counted(ref rest);
            string[] parts = new string[Math.Min(components, entry.Length)];
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = Counted(ref rest);
            }

            int version = rest[8];
            int encryption = BinaryPrimitives.ReadUInt16BigEndian(rest[9..]);
            rest = rest[(13 + BinaryPrimitives.ReadUInt16BigEndian(rest[11..]))..];
            if (rest.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(rest) is > 0 and <= int.MaxValue and uint whole)
            {
                version = (int)whole;
            }

            return new KeytabEntry($"{string.Join('/', parts)}@{realm}", version, encryption);
        }
        catch (ArgumentOutOfRangeException short_)
        {
            throw Bad(path, $"the key table is damaged: the entry at byte {at} ends too early", short_);
        }
    }

    private static string Counted(ref ReadOnlySpan<byte> rest)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        string text = Printable.Text(Encoding.UTF8.GetString(rest.Slice(2, length)));
        rest = rest[(2 + length)..];
        return text;
    }
}
