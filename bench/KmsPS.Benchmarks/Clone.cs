using System.Xml.Linq;

namespace KmsPS.Benchmarks;

/// <summary>Where the built server is in this clone.</summary>
internal sealed record Clone(string Root, string Version)
{
    public string ServerAssembly => Path.Combine(Root, "output", "KmsPS", Version, "server", "kms-server.dll");

    public string PerformancePage => Path.Combine(Root, "docs", "performance.md");

    public static Clone Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KmsPS.slnx")))
            {
                XDocument props = XDocument.Load(Path.Combine(folder.FullName, "Directory.Build.props"));
                return new Clone(folder.FullName, props.Descendants("KmsPSVersion").First().Value);
            }
        }

        throw new InvalidOperationException($"KmsPS.slnx is in no folder above {AppContext.BaseDirectory}.");
    }
}
