namespace KmsPS.Server;

/// <summary>Folders that are their owner's alone.</summary>
internal static class OwnerFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>Makes a folder, and those above it that are missing, with mode 0700.</summary>
    /// <returns>What the log should say of one that was there before and is open to others; <see langword="null"/> when it is not.</returns>
    public static string? Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return null;
        }

        UnixFileMode found = Directory.CreateDirectory(path, Owner).UnixFileMode;
        return (found & Others) == 0 ? null : $"{path} is open to others (mode {Convert.ToString((int)found, 8)}). Run: chmod 700 '{path}'.";
    }
}
