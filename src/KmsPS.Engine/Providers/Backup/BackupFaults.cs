using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Backup;

/// <summary>What can be wrong with a backup file, each worded once.</summary>
internal static class BackupFaults
{
    internal static KmsException Damaged(string path, string why, Exception? inner = null) =>
        new(ErrorKind.StoreCorrupt, $"The backup {path} cannot be trusted: {why}", "Take another copy of it, or an older backup.", isTransient: false, inner) { Subject = path };

    internal static KmsException NotOne(string path) =>
        new(ErrorKind.InvalidRequest, $"The file {path} is no backup of ours", "Name a file that Backup-KmsKeyStore made.") { Subject = path };

    internal static KmsException NotForThis(string path, bool hadPassphrase) => new(
        ErrorKind.AuthenticationFailed,
        hadPassphrase ? $"The passphrase does not open the backup {path}" : $"Nothing that was given opens the backup {path}",
        "Give the passphrase it was closed with, or a certificate with its private key that it was closed for. A damaged file looks the same.") { Subject = path };

    internal static KmsException Unusable(string path, Exception failure) => failure switch
    {
        _ when Directory.Exists(path) => NoFile(path, "is a folder", failure),
        FileNotFoundException => NoFile(path, "does not exist", failure),
        DirectoryNotFoundException => NoFile(path, "has no folder to be in", failure),
        _ => Unreachable(path, failure),
    };

    private static KmsException NoFile(string path, string what, Exception failure) =>
        new(ErrorKind.InvalidRequest, $"The backup {path} {what}", "Name the backup file itself, in a folder that is there.", isTransient: false, failure) { Subject = path };

    private static KmsException Unreachable(string path, Exception failure) =>
        new(ErrorKind.StoreUnavailable, $"The backup {path} cannot be read or written: {failure.Message}", "See that the path is right, that this account may use it, and that the disk has room.", isTransient: false, failure) { Subject = path };
}
