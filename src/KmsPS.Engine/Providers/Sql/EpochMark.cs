using System.Globalization;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The latest epoch that this machine saw of a store, in a file beside it: <c>kmsps-epoch-1 STORE EPOCH</c>. It is written only after the
/// first restore or rotation, so a store that never had one needs no such file. Several servers may share it.
/// </summary>
internal sealed class EpochMark(string path)
{
    private const string Word = "kmsps-epoch-1";
    private const int Longest = 256;

    // Whoever holds the lock writes two hundred bytes and syncs twice: this is long enough on a disk that is nearly stuck.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(15);

    /// <summary>The epoch that was seen of this store; 0 for none.</summary>
    internal long Read(string storeId)
    {
        try
        {
            string text = new FileInfo(path).Length <= Longest ? File.ReadAllText(path) : "";
            return text.TrimEnd().Split(' ') is [Word, var store, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
                ? store == storeId ? epoch : 0
                : throw new ConfigurationException("The file that remembers the store's epoch is damaged", path, 1, remedy: "If the database is the latest one for certain, remove this file.");
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    /// <summary>Remembers an epoch, durably, unless a later one is remembered already.</summary>
    /// <remarks>INVARIANT: what is remembered never goes back, however many servers write at once: they look and write one after the other.</remarks>
    internal async ValueTask RaiseAsync(string storeId, long epoch, CancellationToken cancellationToken)
    {
        try
        {
            // The file itself is replaced, so the lock is one beside it.
            using FileStream alone = await FileLock.TakeAsync(path + ".lock", MostPatience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            if (epoch > Read(storeId))
            {
                Replace(string.Create(CultureInfo.InvariantCulture, $"{Word} {storeId} {epoch}\n"));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    private void Replace(string text)
    {
        string temporary = path + ".tmp";
        File.Delete(temporary);
        using (FileStream file = new(temporary, PrivateFile.New()))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "/");
    }

    private KmsException Unusable(Exception failure) =>
        new(ErrorKind.StoreUnavailable, $"The file {path}, which remembers the store's epoch, cannot be used: {failure.Message}", "See that this account may write there.", isTransient: false, failure) { Subject = path };
}
