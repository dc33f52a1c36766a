using KmsPS.Engine.Errors;
using KmsPS.Engine.JavaKeyStores;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>
/// The keystore as a file: opening with Hadoop's recovery of what an interrupted write left behind, and replacing it so that the
/// last good file stays in place until the new one is complete and synchronised.
/// </summary>
/// <remarks>SOURCE: Hadoop JavaKeyStoreProvider.locateKeystore, tryLoadFromPath, tryLoadIncompleteFlush; measured.</remarks>
/// <param name="path">The keystore.</param>
/// <param name="password">Proves it.</param>
/// <param name="time">Dates what is moved away.</param>
/// <param name="isTrial">Whether what an interrupted write left is read where it lies.</param>
internal sealed class JceksFile(string path, SecretBytes password, TimeProvider time, bool isTrial)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Half of what Hadoop's client waits for an answer (hadoop.kms.client.timeout). A roll seals for some tenths of a second.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(30);

    private string NewPath => path + "_NEW";

    private string OldPath => path + "_OLD";

    internal FileStamp Stamp() => FileStamp.Of(path);

    /// <summary>Opens the store, after putting right what an interrupted write left behind. No file at all is an empty store.</summary>
    /// <exception cref="KmsException">The password is another one, or nothing usable is there; the text names the damaged file.</exception>
    internal IReadOnlyList<JavaKeyStoreEntry> Open()
    {
        if (File.Exists(path) && File.Exists(NewPath))
        {
            throw new KmsException(
                ErrorKind.StoreCorrupt,
                $"Keystore not loaded due to some inconsistency ('{path}' and '{NewPath}' should not exist together)!!",
                "Keep the one that is complete (keytool -list tells), and move the other away.") { Subject = path };
        }

        if (File.Exists(path) || Directory.Exists(path))
        {
            return OpenPresent();
        }

        if (File.Exists(NewPath) && TryRead(NewPath, out _) is { } fresh)
        {
            Move(NewPath, path);
            Discard(OldPath);
            return fresh;
        }

        if (File.Exists(OldPath) && TryRead(OldPath, out _) is { } old)
        {
            Move(OldPath, path);
            Discard(NewPath);
            return old;
        }

        string? leftover = File.Exists(NewPath) ? NewPath : File.Exists(OldPath) ? OldPath : null;
        return leftover is null
            ? []
            : throw new KmsException(ErrorKind.StoreCorrupt, $"There is no keystore {path}, and what an interrupted write left at {leftover} cannot be read", "Restore the keystore from a backup, or move the leftovers away to begin an empty one.") { Subject = leftover };
    }

    /// <summary>Replaces the store's content. When this returns the new file is on the disk under its own name.</summary>
    /// <returns>The stamp of what was written, whatever stands there by now.</returns>
    /// <exception cref="KmsException">It could not be written; the old file is still in place.</exception>
    internal FileStamp Save(IEnumerable<JavaKeyStoreEntry> entries)
    {
        byte[] content = JavaKeyStoreFile.Write(entries, password);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        string checksum = HadoopChecksum.PathFor(path);
        bool hadChecksum = File.Exists(checksum);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
            UnixFileMode mode = !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path) : OwnerOnly;
            WriteDurably(temporary, content, mode);
            FileStamp written = FileStamp.Of(temporary);

            // Without a checksum file Hadoop opens a keystore; with a stale one it does not.
            File.Delete(checksum);
            File.Move(temporary, path, overwrite: true);
            DirectorySync.Flush(Path.GetDirectoryName(path) ?? "/");
            if (hadChecksum)
            {
                WriteDurably(checksum, HadoopChecksum.Of(content), mode);
            }

            return written;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new KmsException(ErrorKind.StoreUnavailable, $"Keystore {path} could not be written: {failure.Message}", "The old file is unchanged. Make room or grant the right, and try again.", isTransient: true, failure) { Subject = path };
        }
    }

    /// <summary>Keeps other servers of ours from writing until disposed, after those that do so are done. Hadoop itself knows no lock.</summary>
    /// <exception cref="KmsException">Another one writes for longer than anybody waits, or the folder takes no file.</exception>
    internal async ValueTask<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        try
        {
            Directory.CreateDirectory(directory);
            return await FileLock.TakeAsync(Path.Combine(directory, $".{Path.GetFileName(path)}.lock"), MostPatience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException failure) when (FileLock.IsHeldByAnother(failure))
        {
            throw new KmsException(
                ErrorKind.StoreUnavailable,
                $"Keystore {path} cannot be written: another server has been writing it for {MostPatience.TotalSeconds:0} s",
                "Try again. If it stays so, see which server on this keystore hangs, and restart it.",
                isTransient: true,
                failure) { Subject = path };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(
                ErrorKind.StoreUnavailable,
                $"Keystore {path} cannot be locked for writing: {failure.Message}",
                "See that this account may write in its folder and that the disk has room.",
                isTransient: false,
                failure) { Subject = path };
        }
    }

    private IReadOnlyList<JavaKeyStoreEntry> OpenPresent()
    {
        if (TryRead(path, out Exception? damage) is { } entries)
        {
            Discard(OldPath);
            return entries;
        }

        if (File.Exists(OldPath) && TryRead(OldPath, out _) is { } old)
        {
            Move(path, $"{path}_CORRUPTED_{time.GetUtcNow().ToUnixTimeMilliseconds()}");
            Move(OldPath, path);
            return old;
        }

        throw new KmsException(ErrorKind.StoreCorrupt, $"{path} is no usable keystore: {damage?.Message}", "Restore it from a backup; nothing was changed.", inner: damage) { Subject = path };
    }

    private IReadOnlyList<JavaKeyStoreEntry>? TryRead(string file, out Exception? damage)
    {
        try
        {
            damage = null;
            return Read(file);
        }
        catch (FormatException unreadable)
        {
            damage = unreadable;
            return null;
        }
    }

    private IReadOnlyList<JavaKeyStoreEntry> Read(string file)
    {
        try
        {
            return new FileInfo(file).Length <= JavaKeyStoreFile.MaxLength
                ? JavaKeyStoreFile.Read(File.ReadAllBytes(file), password)
                : throw new FormatException($"it is larger than {JavaKeyStoreFile.MaxLength} bytes");
        }
        catch (KeyStorePasswordException wrong)
        {
            throw new KmsException(ErrorKind.StoreCorrupt, $"{wrong.Message}: {file}", $"Check the password: -PasswordFile, {JceksPassword.Variable} or {JceksPassword.FileProperty}; if the password is right, restore the file from a backup. Nothing was changed.", inner: wrong) { Subject = file };
        }
        catch (FileNotFoundException)
        {
            throw new FormatException("it is a folder");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"Keystore {file} cannot be read: {failure.Message}", "Grant this account the right to read it.", isTransient: true, failure) { Subject = file };
        }
    }

    private static void WriteDurably(string file, byte[] content, UnixFileMode mode)
    {
        // Under a name of its own with the narrowest mode first, so that no other account ever reads it half-way.
        using (FileStream stream = new(file, OwnersAlone()))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }

    private static FileStreamOptions OwnersAlone()
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    private void Move(string from, string to)
    {
        if (isTrial)
        {
            return;
        }

        string checksum = HadoopChecksum.PathFor(from);
        File.Delete(HadoopChecksum.PathFor(to));
        File.Move(from, to, overwrite: true);
        if (File.Exists(checksum))
        {
            File.Move(checksum, HadoopChecksum.PathFor(to), overwrite: true);
        }
    }

    private void Discard(string file)
    {
        if (isTrial)
        {
            return;
        }

        File.Delete(file);
        File.Delete(HadoopChecksum.PathFor(file));
    }
}
