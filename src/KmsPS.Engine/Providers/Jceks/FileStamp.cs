using System.Buffers.Binary;

namespace KmsPS.Engine.Providers.Jceks;

/// <summary>Which content a keystore file has, without reading all of it: to notice that somebody replaced it.</summary>
/// <param name="Exists">Whether there is one.</param>
/// <param name="Length">Its length, bytes.</param>
/// <param name="Written">When it was written; two writes may fall into one tick of the file system's clock.</param>
/// <param name="Digest">The end of the digest over its content, which is the end of the file.</param>
internal readonly record struct FileStamp(bool Exists, long Length, DateTime Written, long Digest)
{
    /// <summary>All of it is read from one open file, so that it is of one content.</summary>
    internal static FileStamp Of(string path)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            Span<byte> end = stackalloc byte[sizeof(long)];
            end.Clear();
            RandomAccess.Read(file, end, Math.Max(0, length - end.Length));
            return new FileStamp(true, length, File.GetLastWriteTimeUtc(file), BinaryPrimitives.ReadInt64LittleEndian(end));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // What stands in the way is told by whoever opens it.
            FileInfo file = new(path);
            return new FileStamp(true, file.Exists ? file.Length : 0, file.LastWriteTimeUtc, 0);
        }
    }
}
