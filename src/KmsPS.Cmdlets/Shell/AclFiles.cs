using System.Management.Automation;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Writing files of access lists from the shell.</summary>
internal static class AclFiles
{
    /// <summary>Runs what writes; what the file system refuses becomes an error about the file.</summary>
    /// <returns>Path of the copy of what was replaced, where something was.</returns>
    internal static string? Write(string path, Func<string?> write)
    {
        try
        {
            return write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ShellException("AclFileNotWritten", ErrorCategory.WriteError, $"{path} was not changed: {failure.Message}", "Check that this account may write into the folder: the file is replaced by a rename.", failure);
        }
    }
}
