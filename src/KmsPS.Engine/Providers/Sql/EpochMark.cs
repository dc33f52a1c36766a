using System.Globalization;
using System.Text;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>
/// The latest epoch that this machine saw of a store, in a file beside it: <c>kmsps-epoch-1 STORE EPOCH</c>. It is written only after the
/// first restore or rotation, so a store that never had one needs no such file.
/// </summary>
internal sealed class EpochMark(string path)
{
    private const string Word = "kmsps-epoch-1";
    private const int Longest = 256;

    /// <summary>The epoch that was seen of this store; 0 for none.</summary>
    internal long Read(string storeId)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        try
        {
            string text = new FileInfo(path).Length <= Longest ? File.ReadAllText(path) : "";
            return text.TrimEnd().Split(' ') is [Word, var store, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
                ? store == storeId ? epoch : 0
                : throw new ConfigurationException("The file that remembers the store's epoch is damaged", path, 1, remedy: "If the database is the latest one for certain, remove this file.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    /// <summary>Remembers an epoch, durably.</summary>
    internal void Write(string storeId, long epoch)
    {
        try
        {
            string temporary = path + ".tmp";
            File.Delete(temporary);
            using (FileStream file = new(temporary, PrivateFile.New()))
            {
                file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Word} {storeId} {epoch}\n")));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            DirectorySync.Flush(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "/");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    private KmsException Unusable(Exception failure) =>
        new(ErrorKind.StoreUnavailable, $"The file {path}, which remembers the store's epoch, cannot be used: {failure.Message}", "See that this account may write there.", isTransient: false, failure) { Subject = path };
}
