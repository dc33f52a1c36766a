using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Files with secrets in them: readable by their owner alone, written whole or not at all.</summary>
internal static class SecretTextFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MaxLength = 1 << 20;

    /// <summary>Whether somebody else than its owner may read or change a file. Windows keeps a user's files by its own lists.</summary>
    internal static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0;

    /// <summary>Reads a file's text, trimmed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is in it, for errors: "delegation token".</param>
    /// <exception cref="ShellException"><c>SecretFileOpen</c> where others may read it, <c>FileNotReadable</c> where this account may not.</exception>
    internal static string Read(string path, string what)
    {
        try
        {
            if (IsOpenToOthers(path))
            {
                throw new ShellException("SecretFileOpen", ErrorCategory.SecurityError, $"The {what} in {path} is open to others", $"Run: chmod 600 '{path}'. If others may have read it, get another one.");
            }

            return new FileInfo(path).Length <= MaxLength
                ? File.ReadAllText(path).Trim()
                : throw new ShellException("RequestInvalid", ErrorCategory.InvalidData, $"{path} is too long for a {what}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ShellException("FileNotReadable", ErrorCategory.ReadError, $"The {what} cannot be read: {failure.Message.TrimEnd('.')}", "See that the file exists and that this account may read it.", failure);
        }
    }

    /// <summary>Refuses to replace a file that nobody said to replace.</summary>
    /// <exception cref="ShellException"><c>FileExists</c>.</exception>
    internal static void RequireFree(string path, bool force)
    {
        if (!force && Path.Exists(path))
        {
            throw new ShellException("FileExists", ErrorCategory.ResourceExists, $"{path} is there already", "Replace it with -Force, or name another file.");
        }
    }

    /// <summary>Writes a file of mode 0600: beside the place first, then moved there.</summary>
    /// <exception cref="ShellException"><c>FileExists</c> or <c>FileNotWritten</c>.</exception>
    internal static void Write(string path, string text, bool force)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            using (StreamWriter file = new(temporary, options))
            {
                file.WriteLine(text);
            }

            File.Move(temporary, path, overwrite: force);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            RequireFree(path, force);
            throw new ShellException("FileNotWritten", ErrorCategory.WriteError, $"{path} was not written: {failure.Message.TrimEnd('.')}", "Check that the folder exists and that this account may write there.", failure);
        }
    }
}
