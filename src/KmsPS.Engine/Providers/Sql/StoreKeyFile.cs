using System.Security.Cryptography;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Secrets;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Store keys in a text file of mode 0600 (<see cref="StoreKeyText"/>), locked with a passphrase where one is set.</summary>
/// <param name="path">The file.</param>
/// <param name="passphrase">What locks it, owned by this object; <see langword="null"/> for none.</param>
/// <remarks>
/// A key in the making lies in a second file with <c>.new</c> behind the name, which becomes the first by renaming; so does every
/// later change, by way of <c>.tmp</c>. What is taken out goes to <c>.retired</c>: an old copy of the database may need it.
/// </remarks>
internal sealed class StoreKeyFile(string path, SecretBytes? passphrase = null) : IStoreKeySource
{
    private const int LongestFile = 64 * 1024;

    private readonly string _pending = path + ".new";
    private readonly string _retired = path + ".retired";

    public string Place => path;

    public bool IsSettled => File.Exists(path);

    public ValueTask<StoreKey> CreateAsync(CancellationToken cancellationToken)
    {
        StoreKey key = NewKey();
        try
        {
            Changing(_pending, () =>
            {
                File.Delete(_pending);
                Write(_pending, [key]);
                DirectorySync.Flush(Folder);
            });
            return new(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        try
        {
            File.Move(_pending, path, overwrite: false);
            DirectorySync.Flush(Folder);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server that found the store made was first.
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoreKey>> ReadAsync(CancellationToken cancellationToken)
    {
        // The server that made the store may settle its key between two looks: then the second finds it.
        bool isPending = !File.Exists(path) && File.Exists(_pending);
        try
        {
            return new(Read(isPending ? _pending : path));
        }
        catch (KmsException) when (isPending && File.Exists(path))
        {
            return new(Read(path));
        }
    }

    public IDisposable Lock()
    {
        try
        {
            FileStreamOptions options = PrivateFile.New();
            options.Mode = FileMode.OpenOrCreate;
            return new FileStream(path + ".lock", options);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.Conflict, $"The store's key file {path} cannot be changed now: {failure.Message}", "Another rotation of this store key may be running; wait for its end.", isTransient: true, failure) { Subject = path };
        }
    }

    public ValueTask<StoreKey> AddAsync(CancellationToken cancellationToken)
    {
        List<StoreKey> keys = Read(path);
        StoreKey fresh = NewKey();
        try
        {
            Replace(path, [.. keys, fresh]);
            RequireWritten(fresh);
            return new(fresh);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
        finally
        {
            keys.ForEach(static key => key.Dispose());
        }
    }

    public ValueTask<int> KeepAsync(IReadOnlySet<string> listed, CancellationToken cancellationToken)
    {
        List<StoreKey> keys = Read(path);
        List<StoreKey> old = File.Exists(_retired) ? Read(_retired) : [];
        try
        {
            List<StoreKey> leaving = [.. keys.Where(key => !listed.Contains(key.Name))];
            if (leaving.Count > 0 && leaving.Count < keys.Count)
            {
                // In this order: at no time is a key in neither file.
                Replace(_retired, [.. old, .. leaving.Where(key => old.TrueForAll(known => known.Name != key.Name))]);
                Replace(path, [.. keys.Except(leaving)]);
            }

            return new(leaving.Count);
        }
        finally
        {
            keys.ForEach(static key => key.Dispose());
            old.ForEach(static key => key.Dispose());
        }
    }

    public void Dispose() => passphrase?.Dispose();

    private string Folder => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "/";

    private static StoreKey NewKey() => new(RandomNumberGenerator.GetBytes(StoreKey.IdLength), SecretBytes.Random(KeySealer.KeyLength));

    // INVARIANT: rows are sealed under a key only after it was read back from the disk.
    private void RequireWritten(StoreKey key)
    {
        List<StoreKey> found = Read(path);
        try
        {
            using SecretLease wanted = key.Key.Open();
            foreach (StoreKey each in found)
            {
                if (each.Name == key.Name && each.Key.FixedTimeEquals(wanted.Span))
                {
                    return;
                }
            }

            throw new KmsException(ErrorKind.StoreUnavailable, $"The store key {key.Name} was written to {path} and is not there", "See whether something else changes this file.") { Subject = path };
        }
        finally
        {
            found.ForEach(static each => each.Dispose());
        }
    }

    private void Replace(string target, IReadOnlyList<StoreKey> keys) => Changing(target, () =>
    {
        string temporary = target + ".tmp";
        try
        {
            File.Delete(temporary);
            Write(temporary, keys);
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            // On a full disk a fragment stays otherwise.
            File.Delete(temporary);
        }

        DirectorySync.Flush(Folder);
    });

    private void Write(string target, IReadOnlyList<StoreKey> keys)
    {
        using SecretBytes text = StoreKeyText.Write(keys, passphrase);
        using SecretLease lease = text.Open();
        using FileStream file = new(target, PrivateFile.New());
        file.Write(lease.Span);
        file.Flush(flushToDisk: true);
    }

    private void Changing(string target, Action change)
    {
        try
        {
            change();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store key cannot be written to {target}: {failure.Message}", "See that the directory exists, that this account may write there and that the disk has room.", isTransient: false, failure) { Subject = path };
        }
    }

    private List<StoreKey> Read(string present)
    {
        try
        {
            using SecretBytes text = PrivateFile.Read(present, "The store's key file", LongestFile);
            using SecretLease lease = text.Open();
            return StoreKeyText.Read(lease.Span, present, passphrase);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store's key file {path} is missing", "Put the copy back that was made of it, or copy it from another server on the store; without it no key in the store can be read.", isTransient: false, failure) { Subject = path };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KmsException(ErrorKind.StoreUnavailable, $"The store's key file {present} cannot be read: {failure.Message}", "Run as the account that owns the file.", isTransient: false, failure) { Subject = path };
        }
    }
}
