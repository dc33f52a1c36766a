using System.IO.MemoryMappedFiles;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// Change stamps in a small file that all processes on one store map into memory: 1,024 counters of 64 bits, a key's being chosen
/// by a hash of its name. The file may be lost or thrown away when no process runs; nothing in it outlives a cache.
/// </summary>
internal sealed unsafe class ChangeFile : IChangeSource
{
    private const int Slots = 1024;
    private const int Length = Slots * sizeof(long);

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

    public int SlotOf(KeyName key)
    {
        // FNV-1a: every process must come to the same place, which string.GetHashCode does not.
        uint hash = 2166136261;
        foreach (char c in key.Value)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)((hash ^ (hash >> 16)) % Slots);
    }

    public long ReadStamp(int slot)
    {
        long stamp = Volatile.Read(ref _stamps[slot & (Slots - 1)]);
        GC.KeepAlive(this);
        return stamp;
    }

    /// <summary>Tells every process that the key may have changed.</summary>
    internal void Announce(KeyName key)
    {
        Interlocked.Increment(ref _stamps[SlotOf(key)]);
        GC.KeepAlive(this);
    }
}
