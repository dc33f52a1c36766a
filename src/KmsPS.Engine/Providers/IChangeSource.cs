using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Providers;

/// <summary>A store that can tell cheaply whether a key may have changed, whoever changed it: this process or another.</summary>
/// <remarks>
/// INVARIANT: a change moves the stamp after it is committed and before it is answered. So whoever reads a stamp, then the store,
/// and later finds the stamp unmoved, still knows everything that was answered by then.
/// </remarks>
public interface IChangeSource
{
    /// <summary>The place that the stamp of <paramref name="key"/> has; several keys may share one.</summary>
    int SlotOf(KeyName key);

    /// <summary>The stamp in that place: a few nanoseconds, no lock and no system call.</summary>
    long ReadStamp(int slot);

    /// <summary>
    /// As <see cref="ReadStamp"/>, but not moved by the making of a key: while it stands, what was current is current still. A slot's other
    /// keys must not be doubted for one that is made. A store that cannot tell moves both alike.
    /// </summary>
    long ReadReplacements(int slot) => ReadStamp(slot);

    /// <summary>
    /// As <see cref="ReadStamp"/>, but moved only by changes that take something away: while it stands, every version that was there is
    /// there, whatever was added. A store that cannot tell the two apart moves both alike.
    /// </summary>
    long ReadRemovals(int slot) => ReadStamp(slot);

    /// <summary>Whether stamps move by themselves at the moment. While they do not, everything must be asked again.</summary>
    bool IsWatching => true;
}
