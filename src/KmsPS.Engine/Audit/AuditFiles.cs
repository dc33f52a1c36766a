using System.Globalization;

namespace KmsPS.Engine.Audit;

/// <summary>Names of an audit log's files: the newest, and the rolled ones <c>PATH.yyyy-MM-dd</c>, a second of one day with <c>.2</c> after it.</summary>
internal static class AuditFiles
{
    /// <summary>The name that a file of <paramref name="day"/> is moved to; none that is taken.</summary>
    internal static string RolledName(string path, DateOnly day)
    {
        string dated = string.Create(CultureInfo.InvariantCulture, $"{path}.{day:yyyy-MM-dd}");
        string free = dated;
        for (int i = 2; File.Exists(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{dated}.{i}");
        }

        return free;
    }

    /// <summary>All files of a log that exist, oldest first.</summary>
    internal static IReadOnlyList<string> Of(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string name = Path.GetFileName(path);
        IEnumerable<string> rolled = Directory.EnumerateFiles(folder, name + ".*")
            .Where(each => Path.GetFileName(each).Length > name.Length)
            .Select(each => (Path: each, Rank: Rank(Path.GetFileName(each).AsSpan(name.Length + 1))))
            .Where(static each => each.Rank is not null)
            .OrderBy(static each => each.Rank)
            .Select(static each => each.Path);
        return File.Exists(path) ? [.. rolled, path] : [.. rolled];
    }

    private static (DateOnly Day, int Number)? Rank(ReadOnlySpan<char> suffix)
    {
        const int DateLength = 10;
        if (suffix.Length < DateLength || !DateOnly.TryParseExact(suffix[..DateLength], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
        {
            return null;
        }

        ReadOnlySpan<char> rest = suffix[DateLength..];
        return rest.IsEmpty ? (day, 1)
            : rest[0] == '.' && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? (day, number)
            : null;
    }
}
