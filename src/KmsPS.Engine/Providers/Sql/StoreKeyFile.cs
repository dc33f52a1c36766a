using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;
using Microsoft.Win32.SafeHandles;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Store keys in a text file of mode 0600: comment lines that begin with <c>#</c>, then for each key the line
/// <c>kmsps-store-key-1 ID KEY</c> with 32 hexadecimal digits and 44 characters of Base64.
/// </summary>
/// <remarks>A key in the making lies in a second file with <c>.new</c> behind the name, which becomes the first by renaming.</remarks>
internal sealed class StoreKeyFile(string path) : IStoreKeySource
{
    private const int LongestFile = 64 * 1024;
    private const int KeyTextLength = 44;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    private readonly string _pending = path + ".new";

    private static ReadOnlySpan<byte> Header => """
        # KmsPS store key. Whoever has this file and the database has every key in it.
        # Keep a copy of it, and keep it apart from the copies of the database.

        """u8;

    private static ReadOnlySpan<byte> Word => "kmsps-store-key-1 "u8;

    public string Place => path;

    public bool IsSettled => File.Exists(path);

    public ValueTask<StoreKey> CreateAsync(CancellationToken cancellationToken)
    {
        StoreKey key = new(RandomNumberGenerator.GetBytes(StoreKey.IdLength), SecretBytes.Random(KeySealer.KeyLength));
        try
        {
            File.Delete(_pending);
            Write(key);
            return new(key);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store key cannot be written to {_pending}: {failure.Message}", "See that the directory exists and that this account may write there.", isTransient: false, failure) { Subject = path };
        }
    }

    public ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        try
        {
            File.Move(_pending, path, overwrite: false);
            DirectorySync.Flush(Path.GetDirectoryName(path) ?? "/");
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server that found the store made was first.
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoreKey>> ReadAsync(CancellationToken cancellationToken)
    {
        // The server that made the store may settle its key between two looks: then the second finds it.
        bool isPending = !File.Exists(path) && File.Exists(_pending);
        try
        {
            return new(Read(isPending ? _pending : path));
        }
        catch (KmsException) when (isPending && File.Exists(path))
        {
            return new(Read(path));
        }
    }

    private void Write(StoreKey key)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using FileStream file = new(_pending, options);
        file.Write(Header);
        Span<byte> line = stackalloc byte[Word.Length + (2 * StoreKey.IdLength) + 1 + KeyTextLength + 1];
        try
        {
            Word.CopyTo(line);
            Encoding.ASCII.GetBytes(key.Name, line[Word.Length..]);
            line[Word.Length + (2 * StoreKey.IdLength)] = (byte)' ';
            using SecretLease secret = key.Key.Open();
            Base64.EncodeToUtf8(secret.Span, line[^(KeyTextLength + 1)..], out _, out _);
            line[^1] = (byte)'\n';
            file.Write(line);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(line);
        }

        file.Flush(flushToDisk: true);
        DirectorySync.Flush(Path.GetDirectoryName(path) ?? "/");
    }

    private List<StoreKey> Read(string present)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(present, options: FileOptions.SequentialScan);
            RefuseOpenToOthers(file, present);
            long length = RandomAccess.GetLength(file);
            if (length is 0 or > LongestFile)
            {
                throw Broken(present, 1, $"it has {length} bytes");
            }

            using SecretBytes text = SecretBytes.Create((int)length, file, static (destination, from) =>
            {
                int at = 0;
                for (int read; at < destination.Length && (read = RandomAccess.Read(from, destination[at..], at)) > 0; at += read)
                {
                }

                destination[at..].Clear();
            });
            using SecretLease lease = text.Open();
            return Parse(lease.Span, present);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store's key file {path} is missing", "Put the copy back that was made of it; without it no key in the store can be read.", isTransient: false, failure) { Subject = path };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store's key file {present} cannot be read: {failure.Message}", "Run as the account that owns the file.", isTransient: false, failure) { Subject = path };
        }
    }

    private static void RefuseOpenToOthers(SafeFileHandle file, string present)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        UnixFileMode mode = File.GetUnixFileMode(file);
        if ((mode & Others) != 0)
        {
            throw new ConfigurationException($"The store's key file is open to others (mode {Convert.ToString((int)mode, 8)})", present, remedy: $"Run: chmod 600 '{present}'. If others may have read it, rotate the store key.");
        }
    }

    private static List<StoreKey> Parse(ReadOnlySpan<byte> text, string present)
    {
        List<StoreKey> keys = [];
        int number = 0;
        try
        {
            while (!text.IsEmpty)
            {
                number++;
                int end = text.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = (end < 0 ? text : text[..end]).Trim(" \t\r"u8);
                text = end < 0 ? default : text[(end + 1)..];
                if (!line.IsEmpty && line[0] != (byte)'#')
                {
                    keys.Add(ParseLine(line) ?? throw Broken(present, number, "the line does not read 'kmsps-store-key-1 ID KEY'"));
                }
            }

            return keys.Count > 0 ? keys : throw Broken(present, number, "there is no key in it");
        }
        catch
        {
            keys.ForEach(static key => key.Dispose());
            throw;
        }
    }

    private static StoreKey? ParseLine(ReadOnlySpan<byte> line)
    {
        int idEnd = Word.Length + (2 * StoreKey.IdLength);
        if (line.Length != idEnd + 1 + KeyTextLength || !line.StartsWith(Word) || line[idEnd] != (byte)' ')
        {
            return null;
        }

        byte[] id = new byte[StoreKey.IdLength];
        if (Convert.FromHexString(line[Word.Length..idEnd], id, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return null;
        }

        // 44 characters give at most 33 bytes; anything but 32 is no key.
        Span<byte> raw = stackalloc byte[KeySealer.KeyLength + 1];
        try
        {
            bool good = Base64.DecodeFromUtf8(line[(idEnd + 1)..], raw, out _, out int written) == System.Buffers.OperationStatus.Done && written == KeySealer.KeyLength;
            return good ? new StoreKey(id, SecretBytes.CopyOf(raw[..KeySealer.KeyLength])) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(raw);
        }
    }

    private static ConfigurationException Broken(string present, int line, string why) =>
        new($"The store's key file is damaged: {why}", present, line, remedy: "Put the copy back that was made of it.");
}
