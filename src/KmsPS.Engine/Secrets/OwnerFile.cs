namespace KmsPS.Engine.Secrets;

/// <summary>Files that hold a secret: for their owner alone, and there whole or not at all.</summary>
public static class OwnerFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Whether somebody beside its owner may read or change a file. Windows keeps a user's files by its own lists.</summary>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0;

    /// <summary>Writes a file of mode 0600: beside the place first, flushed to the disk, then moved there.</summary>
    /// <param name="path">The place; its folder exists.</param>
    /// <param name="content">What to write. The caller clears it.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <exception cref="IOException">It is there already, or cannot be written; then nothing is left behind.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not write there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (FileStream file = new(temporary, options))
        {
            try
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
                File.Move(temporary, path, overwrite);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
    }
}
