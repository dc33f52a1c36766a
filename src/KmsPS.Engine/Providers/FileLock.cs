namespace KmsPS.Engine.Providers;

/// <summary>A file that one holds alone, so that several servers change what lies beside it one after the other.</summary>
/// <remarks>The kernel gives it back when its holder dies.</remarks>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Takes it, waiting for whoever has it.</summary>
    /// <param name="path">The file; it is made and stays.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">Another has it still (<see cref="IsHeldByAnother"/>), or it cannot be made.</exception>
    internal static async ValueTask<FileStream> TakeAsync(string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        FileStreamOptions options = PrivateFile.New();
        options.Mode = FileMode.OpenOrCreate;
        long begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException failure) when (IsHeldByAnother(failure) && time.GetElapsedTime(begun) < patience)
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether it could not be taken because somebody has it.</summary>
    /// <remarks>SOURCE: EWOULDBLOCK of Linux and of the BSDs (flock(2)), ERROR_SHARING_VIOLATION of Windows.</remarks>
    internal static bool IsHeldByAnother(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);
}
