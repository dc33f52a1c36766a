using System.Xml.Linq;

namespace KmsPS.Build;

/// <summary>Where things are in this clone.</summary>
/// <param name="Root">The folder of <c>KmsPS.slnx</c>.</param>
/// <param name="Version">The one version number, from <c>Directory.Build.props</c>.</param>
internal sealed record Repository(string Root, string Version)
{
    public const string Configuration = "Release";

    public string Module => Path.Combine(Root, "output", "KmsPS", Version);

    public string ModuleManifest => Path.Combine(Module, "KmsPS.psd1");

    public string Server => Path.Combine(Module, "server");

    public string TestResults => Path.Combine(Root, "output", "test-results");

    public static Repository Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KmsPS.slnx")))
            {
                XDocument props = XDocument.Load(Path.Combine(folder.FullName, "Directory.Build.props"));
                string version = props.Descendants("KmsPSVersion").First().Value;
                return new Repository(folder.FullName, version);
            }
        }

        throw new BuildFailedException($"KmsPS.slnx is in no folder above {AppContext.BaseDirectory}. Run build.sh or build.ps1 from a clone.");
    }

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);
}
