using System.Buffers;
using KmsPS.Engine.Errors;
using Microsoft.Win32.SafeHandles;

namespace KmsPS.Engine.Audit;

/// <summary>
/// Appends to a file that only its owner may read, and begins a new one each day. A write is all or nothing: what a full disk left
/// of it is taken back. A crash leaves at most one line cut off at the end.
/// </summary>
public sealed class FileAuditSink : IAuditSink
{
    private const int LongestTail = 1 << 20;
    private readonly string _path;
    private readonly IAuditFormat _format;
    private readonly TimeProvider _time;
    private readonly bool _flushesToDisk;
    private readonly ArrayBufferWriter<byte> _output = new(1 << 16);
    private readonly SafeFileHandle _lock;
    private SafeFileHandle _file;
    private SafeFileHandle? _head;
    private long _length;
    private DateOnly _day;

    private FileAuditSink(string path, IAuditFormat format, TimeProvider time, bool flushesToDisk, SafeFileHandle lockFile, SafeFileHandle file)
    {
        _path = path;
        _format = format;
        _time = time;
        _flushesToDisk = flushesToDisk;
        _lock = lockFile;
        _file = file;
    }

    /// <inheritdoc/>
    public string Name => _path;

    /// <summary>Opens the file, or makes it with mode 0600; it is then this sink's alone.</summary>
    /// <param name="path">The newest file; rolled ones get the day they hold, <c>.yyyy-MM-dd</c>, after it.</param>
    /// <param name="format">What its lines look like; this sink's alone.</param>
    /// <param name="time">The clock, whose zone says when a day ends.</param>
    /// <param name="flushesToDisk">Whether each write reaches the disk, and not only the operating system, before it counts.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.AuditUnavailable"/>: it cannot be opened, or another server writes it.</exception>
    public static FileAuditSink Open(string path, IAuditFormat format, TimeProvider time, bool flushesToDisk = false)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(time);
        string full = Path.GetFullPath(path);
        SafeFileHandle? lockFile = null;
        SafeFileHandle? file = null;
        try
        {
            MakeFolder(Path.GetDirectoryName(full)!);
            DateTime lastWrite = File.Exists(full) ? File.GetLastWriteTimeUtc(full) : default;
            lockFile = OpenFile(full + ".lock", FileShare.None);
            file = OpenFile(full);
            FileAuditSink sink = new(full, format, time, flushesToDisk, lockFile, file);
            sink.Begin(lastWrite);
            return sink;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            lockFile?.Dispose();
            throw new KmsException(
                ErrorKind.AuditUnavailable,
                $"The audit log {full} cannot be opened: {broken.Message}",
                "Give this account the right to write there, or name another file; two servers never share one.",
                inner: broken) { Subject = full };
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken)
    {
        if (Today() is { } today && today > _day)
        {
            Roll(today);
        }

        _output.ResetWrittenCount();
        _format.Write(events, _output);
        Append();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        try
        {
            _output.ResetWrittenCount();
            _format.Close(_time.GetUtcNow(), _output);
            Append();
        }
        finally
        {
            _file.Dispose();
            _head?.Dispose();
            _lock.Dispose();
            (_format as IDisposable)?.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private void Begin(DateTime lastWriteUtc)
    {
        _length = RandomAccess.GetLength(_file);
        (ReadOnlyMemory<byte> lastLine, ReadOnlyMemory<byte> torn) = ReadTail();
        string headPath = _path + AuditChain.HeadSuffix;
        byte[] head = File.Exists(headPath) ? File.ReadAllBytes(headPath) : [];
        DateOnly today = Today();
        _day = _length > 0 && Day(new DateTimeOffset(lastWriteUtc, TimeSpan.Zero)) is { } day && day < today ? day : today;
        if (!torn.IsEmpty)
        {
            _length -= torn.Length;
            RandomAccess.SetLength(_file, _length);
        }

        _output.ResetWrittenCount();
        _format.Open(new AuditFileState(_time.GetUtcNow(), lastLine, torn, head), _output);
        Append();
        if (today > _day)
        {
            Roll(today);
        }
    }

    private void Roll(DateOnly today)
    {
        _output.ResetWrittenCount();
        _format.Close(_time.GetUtcNow(), _output);
        Append();
        string rolled = AuditFiles.RolledName(_path, _day);
        File.Move(_path, rolled);
        _file.Dispose();
        _file = OpenFile(_path);
        _length = RandomAccess.GetLength(_file);
        _day = today;
        _output.ResetWrittenCount();
        _format.Open(new AuditFileState(_time.GetUtcNow(), default, default, default, Path.GetFileName(rolled)), _output);
        Append();
    }

    private void Append()
    {
        if (_output.WrittenCount == 0)
        {
            return;
        }

        try
        {
            RandomAccess.Write(_file, _output.WrittenSpan, _length);
            if (_flushesToDisk)
            {
                RandomAccess.FlushToDisk(_file);
            }
        }
        catch (IOException)
        {
            // Half a line in the middle of the file would look like tampering.
            RandomAccess.SetLength(_file, _length);
            throw;
        }

        _length += _output.WrittenCount;
        _format.Commit();
        if (!_format.Head.IsEmpty)
        {
            _head ??= OpenFile(_path + AuditChain.HeadSuffix);
            RandomAccess.Write(_head, _format.Head.Span, 0);
        }
    }

    private (ReadOnlyMemory<byte> LastLine, ReadOnlyMemory<byte> Torn) ReadTail()
    {
        byte[] tail = new byte[(int)Math.Min(_length, LongestTail)];
        int held = 0;
        while (held < tail.Length && RandomAccess.Read(_file, tail.AsSpan(held), _length - tail.Length + held) is > 0 and int read)
        {
            held += read;
        }

        int end = Array.LastIndexOf(tail, (byte)'\n');
        if (end < 0)
        {
            return (default, tail);
        }

        int start = end == 0 ? 0 : Array.LastIndexOf(tail, (byte)'\n', end - 1) + 1;
        return (tail.AsMemory(start, end - start), tail.AsMemory(end + 1));
    }

    private DateOnly Today() => Day(_time.GetUtcNow());

    private DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, _time.LocalTimeZone).DateTime);

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Only a lock file can be locked: .NET takes a shared lock for every reader, so a lock on the log itself would shut them out.
    private static SafeFileHandle OpenFile(string path, FileShare share = FileShare.ReadWrite | FileShare.Delete)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            if (File.Exists(path) && File.GetUnixFileMode(path) != Owner)
            {
                File.SetUnixFileMode(path, Owner);
            }

            options.UnixCreateMode = Owner;
        }

        if (!File.Exists(path))
        {
            new FileStream(path, options).Dispose();
        }

        return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
    }
}
