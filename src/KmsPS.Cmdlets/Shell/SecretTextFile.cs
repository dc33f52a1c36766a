using System.Management.Automation;
using System.Text;
using KmsPS.Engine.Secrets;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Files with secrets in them: readable by their owner alone, written whole or not at all.</summary>
internal static class SecretTextFile
{
    private const int MaxLength = 1 << 20;

    /// <summary>Reads a file's text, trimmed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is in it, for errors: "delegation token".</param>
    /// <exception cref="ShellException"><c>SecretFileOpen</c> where others may read it, <c>FileNotReadable</c> where this account may not.</exception>
    internal static string Read(string path, string what)
    {
        try
        {
            if (OwnerFile.IsOpenToOthers(path))
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

    /// <summary>Writes a file of mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="force">Whether a file that is there is replaced.</param>
    /// <param name="write">Writes it, or refuses with what the file system said.</param>
    /// <exception cref="ShellException"><c>FileExists</c> or <c>FileNotWritten</c>.</exception>
    internal static T Write<T>(string path, bool force, Func<T> write)
    {
        RequireFree(path, force);
        try
        {
            return write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            RequireFree(path, force);
            throw new ShellException("FileNotWritten", ErrorCategory.WriteError, $"{path} was not written: {failure.Message.TrimEnd('.')}", "Check that the folder exists and that this account may write there.", failure);
        }
    }

    /// <summary>Writes a line of text into a file of mode 0600.</summary>
    /// <exception cref="ShellException"><c>FileExists</c> or <c>FileNotWritten</c>.</exception>
    internal static void WriteLine(string path, string text, bool force) => Write(path, force, () =>
    {
        OwnerFile.Write(path, Encoding.ASCII.GetBytes(text + "\n"), force);
        return path;
    });
}
