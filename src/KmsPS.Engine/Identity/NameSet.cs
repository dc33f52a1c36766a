using System.Collections;

namespace KmsPS.Engine.Identity;

/// <summary>
/// An immutable set of user or group names that answers "have we a name in common?" without allocating, in one pass over both:
/// names are kept in the order of their hash codes, so two sets are merged and only equal hash codes are compared as text.
/// </summary>
/// <remarks>Probing a list with each of a caller's 40 groups costs several times as much as this merge.</remarks>
public sealed class NameSet : IReadOnlyCollection<string>
{
    private readonly int[] _hashes;
    private readonly string[] _names;

    private NameSet(int[] hashes, string[] names)
    {
        _hashes = hashes;
        _names = names;
    }

    /// <summary>The set without a name.</summary>
    public static NameSet Empty { get; } = new([], []);

    /// <summary>Number of names.</summary>
    public int Count => _names.Length;

    /// <summary>A set of these names, each once; compared by ordinal.</summary>
    public static NameSet Of(params IEnumerable<string> names)
    {
        string[] distinct = [.. names.Distinct(StringComparer.Ordinal)];
        if (distinct.Length == 0)
        {
            return Empty;
        }

        int[] hashes = [.. distinct.Select(Hash)];
        Array.Sort(hashes, distinct);
        return new NameSet(hashes, distinct);
    }

    /// <summary>Whether <paramref name="name"/> is in the set.</summary>
    public bool Contains(string name)
    {
        int hash = Hash(name);
        int at = Array.BinarySearch(_hashes, hash);
        if (at < 0)
        {
            return false;
        }

        while (at > 0 && _hashes[at - 1] == hash)
        {
            at--;
        }

        for (; at < _hashes.Length && _hashes[at] == hash; at++)
        {
            if (string.Equals(_names[at], name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first name that both sets have, or <see langword="null"/>.</summary>
    public string? FirstCommon(NameSet other)
    {
        int[] mine = _hashes;
        int[] theirs = other._hashes;
        int i = 0;
        int j = 0;
        while ((uint)i < (uint)mine.Length && (uint)j < (uint)theirs.Length)
        {
            int left = mine[i];
            int right = theirs[j];
            if (left < right)
            {
                i++;
            }
            else if (left > right)
            {
                j++;
            }
            else if (other.Contains(_names[i]))
            {
                return _names[i];
            }
            else
            {
                i++;
            }
        }

        return null;
    }

    /// <summary>Whether the sets have a name in common.</summary>
    public bool Overlaps(NameSet other) => FirstCommon(other) is not null;

    /// <summary>The names, in no order that means anything.</summary>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // The process's own randomised hash: nobody outside can choose names that collide.
    private static int Hash(string name) => string.GetHashCode(name, StringComparison.Ordinal);
}
