using System.Runtime.InteropServices;
using KmsPS.Engine.Errors;
using Microsoft.Win32.SafeHandles;

namespace KmsPS.Engine.Authentication;

/// <summary>A file that lies in this process's memory only, and has a path all the same. SOURCE: memfd_create(2), proc_pid_fd(5).</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _handle;

    /// <param name="name">What the kernel calls it in its lists.</param>
    /// <param name="content">What it holds.</param>
    /// <exception cref="KmsException">The kernel has no room, or no such files.</exception>
    internal MemoryFile(string name, ReadOnlySpan<byte> content)
    {
        _handle = new SafeFileHandle(Create(name, CloseOnExec), ownsHandle: true);
        if (_handle.IsInvalid)
        {
            throw new KmsException(ErrorKind.Internal, $"The system gives no file in memory (errno {Marshal.GetLastPInvokeError()})", "memfd_create must be permitted to this process.");
        }

        RandomAccess.Write(_handle, content, 0);
    }

    /// <summary>Where libraries of this process find it.</summary>
    internal string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
