using System.Runtime.InteropServices;

namespace KmsPS.Engine.Providers;

/// <summary>Makes a rename durable: on POSIX systems the folder that holds the name is synchronised too.</summary>
/// <remarks>SOURCE: fsync(2): "Calling fsync() does not necessarily ensure that the entry in the directory has also reached disk."</remarks>
internal static partial class DirectorySync
{
    /// <exception cref="IOException">The folder could not be synchronised.</exception>
    internal static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int handle = Open(directory, 0);
        if (handle < 0)
        {
            throw new IOException($"Folder {directory} cannot be opened to synchronise it (errno {Marshal.GetLastPInvokeError()})");
        }

        int result = Synchronise(handle);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0)
        {
            throw new IOException($"Folder {directory} cannot be synchronised (errno {error})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronise(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
