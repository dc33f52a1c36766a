using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>Reads a backup, record after record. INVARIANT: no byte is given out whose frame was not authenticated; a cut end is a failure.</summary>
internal sealed class BackupReader : IDisposable
{
    private const int LongestHeader = 256 * 1024;
    private const int LongestRecord = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly BackupFrames _frames;

    // Overwritten by the next frame and at the end; pinned, so that the collector leaves no copy.
    private readonly byte[] _plain = GC.AllocateArray<byte>(BackupFrames.Length, pinned: true);
    private readonly byte[] _box = new byte[BackupFrames.Length + BackupFrames.TagLength];
    private int _length;
    private int _at;
    private bool _isLast;

    private BackupReader(string path, FileStream file, BackupFrames frames, byte[] id, DateTimeOffset created)
    {
        _path = path;
        _file = file;
        _frames = frames;
        Id = id;
        Created = created;
    }

    /// <summary>16 random bytes that name this backup.</summary>
    internal byte[] Id { get; }

    /// <summary>When it was begun.</summary>
    internal DateTimeOffset Created { get; }

    /// <exception cref="Errors.KmsException">It is no backup, damaged, or not for these keys.</exception>
    internal static BackupReader Open(string path, BackupKeys keys)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BackupFrames.Length);
            return Open(path, file, keys);
        }
        catch (Exception failure)
        {
            file?.Dispose();
            throw failure switch
            {
                FormatException or OverflowException or ArgumentException => BackupFaults.Damaged(path, "its header is not what was written", failure),
                IOException or UnauthorizedAccessException => BackupFaults.Unusable(path, failure),
                _ => failure,
            };
        }
    }

    /// <summary>The next record, which the caller disposes; <see langword="null"/> behind the last one.</summary>
    /// <exception cref="Errors.KmsException">The file was changed or cut, or cannot be read.</exception>
    internal SecretBytes? Next()
    {
        try
        {
            return ReadRecord();
        }
        catch (IOException failure)
        {
            throw BackupFaults.Unusable(_path, failure);
        }
    }

    private SecretBytes? ReadRecord()
    {
        Span<byte> word = stackalloc byte[sizeof(int)];
        if (!Fill(word, mayEnd: true))
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(word);
        return length is >= 0 and <= LongestRecord
            ? SecretBytes.Create(length, this, static (destination, reader) => reader.Fill(destination, mayEnd: false))
            : throw BackupFaults.Damaged(_path, "a record is too long");
    }

    public void Dispose()
    {
        _file.Dispose();
        _frames.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
    }

    private static BackupReader Open(string path, FileStream file, BackupKeys keys)
    {
        Span<byte> start = stackalloc byte[BackupWriter.Magic.Length + BackupFrames.WordLength];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(BackupWriter.Magic))
        {
            throw BackupFaults.NotOne(path);
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(start[BackupWriter.Magic.Length..]);
        if (length is <= 0 or > LongestHeader)
        {
            throw BackupFaults.Damaged(path, "its header has an impossible length");
        }

        byte[] whole = new byte[start.Length + length];
        start.CopyTo(whole);
        file.ReadExactly(whole.AsSpan(start.Length));
        RowReader header = new(whole.AsSpan(start.Length));
        if (header.Text() != "KmsPS backup header 1")
        {
            throw BackupFaults.Damaged(path, "its header has an unknown layout");
        }

        byte[] id = header.Bytes().ToArray();
        DateTimeOffset created = DateTimeOffset.FromUnixTimeMilliseconds(header.Number());
        if (header.Number() != BackupFrames.Length)
        {
            throw BackupFaults.Damaged(path, "its frames have an unknown length");
        }

        using SecretBytes content = BackupLock.Open(ref header, keys, id) ?? throw BackupFaults.NotForThis(path, keys.Words is not null);
        return header.IsAtEnd ? new BackupReader(path, file, new BackupFrames(content, whole), id, created) : throw BackupFaults.Damaged(path, "its header is longer than its layout");
    }

    // Fills it all, or nothing at the end of the backup.
    private bool Fill(Span<byte> destination, bool mayEnd)
    {
        bool isFirst = true;
        while (!destination.IsEmpty)
        {
            if (_at == _length)
            {
                if (_isLast)
                {
                    return mayEnd && isFirst ? false : throw BackupFaults.Damaged(_path, "its last record is cut");
                }

                ReadFrame();
                continue;
            }

            int fits = Math.Min(destination.Length, _length - _at);
            _plain.AsSpan(_at, fits).CopyTo(destination);
            _at += fits;
            destination = destination[fits..];
            isFirst = false;
        }

        return true;
    }

    private void ReadFrame()
    {
        Span<byte> word = stackalloc byte[BackupFrames.WordLength];
        int got = _file.ReadAtLeast(word, word.Length, throwOnEndOfStream: false);
        uint value = BinaryPrimitives.ReadUInt32BigEndian(word);
        _isLast = (value & BackupFrames.LastBit) != 0;
        int length = (int)(value & ~BackupFrames.LastBit);
        if (got < word.Length || (uint)length > BackupFrames.Length || (!_isLast && length != BackupFrames.Length))
        {
            throw BackupFaults.Damaged(_path, got < word.Length ? "it ends too early" : "a frame was changed");
        }

        Span<byte> box = _box.AsSpan(0, length + BackupFrames.TagLength);
        if (_file.ReadAtLeast(box, box.Length, throwOnEndOfStream: false) < box.Length)
        {
            throw BackupFaults.Damaged(_path, "it ends too early");
        }

        if (!_frames.TryOpen(word, box, _plain.AsSpan(0, length)))
        {
            throw BackupFaults.Damaged(_path, "a frame was changed, or is not in its place");
        }

        if (_isLast && _file.ReadByte() >= 0)
        {
            throw BackupFaults.Damaged(_path, "there is something behind its end");
        }

        (_length, _at) = (length, 0);
    }
}
