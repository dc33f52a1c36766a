using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>Writes a backup, record after record; plaintext never leaves memory. The file appears under its name when it is complete.</summary>
internal sealed class BackupWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly BackupFrames _frames;

    // Overwritten after each frame and at the end; pinned, so that the collector leaves no copy.
    private readonly byte[] _plain = GC.AllocateArray<byte>(BackupFrames.Length, pinned: true);
    private readonly byte[] _frame = new byte[BackupFrames.WordLength + BackupFrames.Length + BackupFrames.TagLength];
    private int _used;

    private BackupWriter(string path, FileStream file, BackupFrames frames)
    {
        _path = path;
        _file = file;
        _frames = frames;
    }

    internal static ReadOnlySpan<byte> Magic => "KmsPS backup 1\r\n"u8;

    /// <summary>What a file is called until it is complete.</summary>
    internal static string Unfinished(string path) => path + ".part";

    /// <summary>Begins a file of mode 0600. A file of that name is not overwritten, but one that was never completed is.</summary>
    internal static BackupWriter Create(string path, BackupKeys keys, byte[] backupId, DateTimeOffset now)
    {
        if (keys.IsEmpty)
        {
            throw new KmsException(ErrorKind.InvalidRequest, "A backup without a passphrase and without a certificate could be read by everybody", "Give a passphrase, a certificate, or both.");
        }

        using SecretBytes content = SecretBytes.Random(KeySealer.KeyLength);
        RowWriter header = new("KmsPS backup header 1");
        header.Add(backupId);
        header.Add(now.ToUnixTimeMilliseconds());
        header.Add(BackupFrames.Length);
        BackupLock.Write(ref header, keys, backupId, content);
        byte[] start = [.. Magic, .. new byte[BackupFrames.WordLength], .. header.Span];
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(Magic.Length), header.Span.Length);
        if (File.Exists(path))
        {
            throw new KmsException(ErrorKind.InvalidRequest, $"The file {path} exists", "Choose another name; a backup is never overwritten.") { Subject = path };
        }

        FileStream? file = null;
        try
        {
            File.Delete(Unfinished(path));
            file = new FileStream(Unfinished(path), PrivateFile.New());
            file.Write(start);
            return new BackupWriter(path, file, new BackupFrames(content, start));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (file is not null)
            {
                file.Dispose();
                File.Delete(Unfinished(path));
            }

            throw BackupFaults.Unusable(path, failure);
        }
    }

    /// <summary>Adds a record: 4 bytes of length, then it. Clears what it was given.</summary>
    internal void Add(RowWriter record)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, record.Span.Length);
        Append(length);
        Append(record.Span);
        record.Clear();
    }

    /// <summary>Writes the last frame, synchronises the file and gives it its name.</summary>
    internal void Complete()
    {
        Flush(isLast: true);
        Trying(() =>
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(Unfinished(_path), _path, overwrite: false);
            DirectorySync.Flush(Path.GetDirectoryName(_path) is { Length: > 0 } folder ? folder : "/");
        });
    }

    public void Dispose()
    {
        _file.Dispose();
        _frames.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
        File.Delete(Unfinished(_path));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // A full frame waits for what comes after it: only the last one may be marked as such.
            if (_used == _plain.Length)
            {
                Flush(isLast: false);
            }

            int fits = Math.Min(bytes.Length, _plain.Length - _used);
            bytes[..fits].CopyTo(_plain.AsSpan(_used));
            _used += fits;
            bytes = bytes[fits..];
        }
    }

    private void Flush(bool isLast)
    {
        _frames.Seal(_plain.AsSpan(0, _used), isLast, _frame);
        Trying(() => _file.Write(_frame, 0, BackupFrames.WordLength + _used + BackupFrames.TagLength));
        CryptographicOperations.ZeroMemory(_plain.AsSpan(0, _used));
        _used = 0;
    }

    private void Trying(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw BackupFaults.Unusable(_path, failure);
        }
    }
}
