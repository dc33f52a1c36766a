using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;
using Microsoft.Win32.SafeHandles;

namespace KmsPS.Engine.Providers;

/// <summary>A small file with a secret in it, which only its owner may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>How a private file is made.</summary>
    internal static FileStreamOptions New()
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What people call it, capitalised: <c>The store's key file</c>.</param>
    /// <param name="longest">Most bytes.</param>
    /// <exception cref="ConfigurationException">Others may read it, or it is empty or too long.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static SecretBytes Read(string path, string what, int longest)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        RefuseOpenToOthers(file, path, what);
        long length = RandomAccess.GetLength(file);
        if (length is 0 || length > longest)
        {
            throw new ConfigurationException($"{what} is damaged: it has {length} bytes", path, 1, remedy: "Put the copy back that was made of it.");
        }

        return SecretBytes.Create((int)length, file, static (destination, from) =>
        {
            int at = 0;
            for (int read; at < destination.Length && (read = RandomAccess.Read(from, destination[at..], at)) > 0; at += read)
            {
            }

            destination[at..].Clear();
        });
    }

    private static void RefuseOpenToOthers(SafeFileHandle file, string path, string what)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        UnixFileMode mode = File.GetUnixFileMode(file);
        if ((mode & Others) != 0)
        {
            throw new ConfigurationException($"{what} is open to others (mode {Convert.ToString((int)mode, 8)})", path, remedy: $"Run: chmod 600 '{path}'. If others may have read it, rotate the store key.");
        }
    }
}
