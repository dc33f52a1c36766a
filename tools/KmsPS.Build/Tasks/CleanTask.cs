namespace KmsPS.Build.Tasks;

/// <summary>Removes what the other tasks made.</summary>
internal sealed class CleanTask(Repository repository)
{
    public int Run()
    {
        foreach (string place in (string[])["src", "tests", "bench", "tools"])
        {
            // This program runs from its own bin; it stays.
            foreach (string project in Directory.EnumerateFiles(repository.At(place), "*.csproj", SearchOption.AllDirectories)
                .Where(static file => Path.GetFileNameWithoutExtension(file) != "KmsPS.Build"))
            {
                Delete(Path.Combine(Path.GetDirectoryName(project)!, "bin"));
                Delete(Path.Combine(Path.GetDirectoryName(project)!, "obj"));
            }
        }

        Delete(repository.At("output"));
        Delete(repository.At("BenchmarkDotNet.Artifacts"));
        return 0;
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
