using System.IO.MemoryMappedFiles;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Change stamps in a small file that all processes on one store map into memory: 1,024 counters of 64 bits, a key's being chosen
/// by a hash of its name. The file may be lost or thrown away when no process runs; nothing in it outlives a cache.
/// </summary>
internal sealed unsafe class ChangeFile : ISqlChanges
{
    private const int Length = ChangeSlots.Count * sizeof(long);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _stamps;

    /// <param name="path">The file; made with mode 0600 where there is none.</param>
    internal ChangeFile(string path)
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream stream = new(path, options);
            if (stream.Length < Length)
            {
                // Written, not only lengthened: a hole in a mapped file kills the process when the disk is full.
                stream.Position = stream.Length;
                stream.Write(new byte[Length - stream.Length]);
                stream.Flush(flushToDisk: true);
            }

            _file = MemoryMappedFile.CreateFromFile(stream, null, Length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, Length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The file {path}, which tells servers on one store of changes, cannot be used: {failure.Message}", "See that this account may write in the store's directory and that the disk is not full.", isTransient: false, failure) { Subject = path };
        }

        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _stamps = (long*)(start + _view.PointerOffset);
    }

    /// <summary>The mapping ends with the last object that could read it: a cache may outlive its provider by a call.</summary>
    ~ChangeFile()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    public int SlotOf(KeyName key) => ChangeSlots.Of(key);

    public long ReadStamp(int slot)
    {
        long stamp = Volatile.Read(ref _stamps[slot & (ChangeSlots.Count - 1)]);
        GC.KeepAlive(this);
        return stamp;
    }

    // A file that is mapped into memory is told after the commit, not inside.
    public ValueTask<long> RecordAsync(SqlSession session, KeyName key, KeyChange change) => new(0);

    public void Committed(KeyName key, long stamp) => Move(key);

    // Also after a failure: a commit that reported an error may have happened.
    public void Failed(KeyName key) => Move(key);

    public ValueTask RecordAllAsync(SqlSession session) => ValueTask.CompletedTask;

    public void CommittedAll()
    {
        for (int slot = 0; slot < ChangeSlots.Count; slot++)
        {
            Interlocked.Increment(ref _stamps[slot]);
        }

        GC.KeepAlive(this);
    }

    private void Move(KeyName key)
    {
        Interlocked.Increment(ref _stamps[SlotOf(key)]);
        GC.KeepAlive(this);
    }
}
