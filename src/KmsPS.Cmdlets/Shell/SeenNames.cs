namespace KmsPS.Cmdlets.Shell;

/// <summary>A bounded set of key names, for completion.</summary>
internal sealed class SeenNames
{
    // Beyond this a menu helps nobody, and a listing of a million keys must not stay in memory.
    private const int Most = 5_000;

    private readonly Lock _gate = new();
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _names];
            }
        }
    }

    internal void Add(string name)
    {
        lock (_gate)
        {
            if (_names.Count < Most)
            {
                _names.Add(name);
            }
        }
    }

    internal void Remove(string name)
    {
        lock (_gate)
        {
            _names.Remove(name);
        }
    }
}
