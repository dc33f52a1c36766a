namespace KmsPS.Tests.Architecture;

/// <summary>The source files of this clone.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every C# file below a folder of the clone, without what the compiler wrote.</summary>
    public static IEnumerable<string> Files(params string[] parts) => Directory.EnumerateFiles(At(parts), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !Relative(file).Split('/').Any(static part => part is "bin" or "obj"));

    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace(Path.DirectorySeparatorChar, '/');

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KmsPS.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"KmsPS.slnx is in no folder above {AppContext.BaseDirectory}.");
    }
}
