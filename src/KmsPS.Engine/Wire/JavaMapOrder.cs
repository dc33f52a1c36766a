namespace KmsPS.Engine.Wire;

/// <summary>
/// The order in which a Java server lists a key's attributes, so that answers are the same bytes on every server and every day.
/// SOURCE: java.util.HashMap: buckets by the mixed hash code, in a table of a power of two that is at most three quarters full.
/// </summary>
internal static class JavaMapOrder
{
    private const int SmallestTable = 16;

    /// <summary>The pairs in that order; within a bucket by name, where Java has the order of insertion.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Of(IReadOnlyDictionary<string, string> map)
    {
        if (map.Count < 2)
        {
            return map;
        }

        int table = SmallestTable;
        while (map.Count > table * 3 / 4)
        {
            table *= 2;
        }

        return map.OrderBy(pair => Mixed(pair.Key) & (table - 1)).ThenBy(static pair => pair.Key, StringComparer.Ordinal);
    }

    // SOURCE: java.lang.String.hashCode over UTF-16 units, java.util.HashMap.hash.
    private static int Mixed(string text)
    {
        int hash = 0;
        foreach (char c in text)
        {
            hash = unchecked((31 * hash) + c);
        }

        return hash ^ (hash >>> 16);
    }
}
