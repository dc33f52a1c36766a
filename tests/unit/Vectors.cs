namespace KmsPS.Tests;

/// <summary>Finds test data in the checkout that the tests were built from.</summary>
internal static class Vectors
{
    /// <summary>The checkout's root.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>A file or folder below <c>tests/vectors</c>.</summary>
    internal static string Path(params string[] parts) => System.IO.Path.Combine([Root, "tests", "vectors", .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "KmsPS.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No checkout of KmsPS above {AppContext.BaseDirectory}");
    }
}
