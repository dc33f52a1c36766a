using System.Runtime.CompilerServices;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>A listing of which a caller is shown a part.</summary>
internal static class NarrowedListing
{
    /// <summary>
    /// What <paramref name="isShown"/>. Of keys that could not be read nobody knows whether the caller may see them: how many they are is
    /// told, and not which.
    /// </summary>
    internal static async IAsyncEnumerable<T> Of<T>(IAsyncEnumerable<T> all, Func<T, bool> isShown, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IAsyncEnumerator<T> each = all.GetAsyncEnumerator(cancellationToken);
        await using (each.ConfigureAwait(false))
        {
            while (await MoveNextAsync(each).ConfigureAwait(false))
            {
                if (isShown(each.Current))
                {
                    yield return each.Current;
                }
            }
        }
    }

    private static async ValueTask<bool> MoveNextAsync<T>(IAsyncEnumerator<T> each)
    {
        try
        {
            return await each.MoveNextAsync().ConfigureAwait(false);
        }
        catch (UnreadableKeysException unreadable)
        {
            throw unreadable.WithoutNames();
        }
    }
}
