using System.Runtime.InteropServices;

namespace KmsPS.Build.Tasks;

/// <summary>Assembles <c>output/KmsPS/VERSION</c>: the module as it is installed, with the server beside it.</summary>
internal sealed class PackageTask(Repository repository)
{
    // Where PowerShell 7.6 runs; the database's package has natives for two dozen more.
    private static readonly string[] Platforms =
        ["linux-x64", "linux-arm64", "linux-musl-x64", "linux-musl-arm64", "osx-x64", "osx-arm64", "win-x64", "win-arm64"];

    public int Run()
    {
        new BuildTask(repository).Run();
        PublishServer();
        AssembleModule();
        new HelpTask(repository).Run();
        Console.WriteLine($"The module is in {repository.Module}");
        return 0;
    }

    /// <summary>
    /// The server needs the installed ASP.NET Core and no more. Ahead-of-time code halves its start, but needs a compiler package
    /// that a closed network may lack; without it the same server starts somewhat later.
    /// </summary>
    private void PublishServer()
    {
        string[] common = ["publish", "src/KmsPS.Server", "-c", Repository.Configuration, "-v", "q", "-nologo", "-o", repository.Server];
        string runtime = RuntimeInformation.RuntimeIdentifier;
        Ran compiled = Shell.Capture(repository.Root, "dotnet", [.. common, "-r", runtime, "--self-contained", "false", "-p:PublishReadyToRun=true"]);
        if (compiled.Succeeded)
        {
            return;
        }

        string reason = compiled.Output.Split('\n').FirstOrDefault(static line => line.Contains("error", StringComparison.Ordinal))?.Trim() ?? "";
        Console.WriteLine($"package: no ahead-of-time code for {runtime} ({reason}); the server is published without it.");
        Shell.Require(repository.Root, "dotnet", common);
    }

    /// <summary>Our own assemblies go to <c>bin</c>, everybody else's to <c>bin/dependencies</c>, where only this module looks.</summary>
    public void AssembleModule()
    {
        string staging = repository.At("output", "staging", "module");
        string bin = Path.Combine(repository.Module, "bin");
        DeleteIfThere(staging);
        DeleteIfThere(bin);
        Shell.Require(repository.Root, "dotnet", "publish", "src/KmsPS.Cmdlets", "-c", Repository.Configuration, "-v", "q", "-nologo", "-o", staging);
        foreach (string file in Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(staging, file);
            bool ours = relative.StartsWith("KmsPS.", StringComparison.Ordinal);
            string[] parts = relative.Split(Path.DirectorySeparatorChar);
            if (relative.EndsWith(".deps.json", StringComparison.Ordinal) || (parts is ["runtimes", var platform, ..] && !Platforms.Contains(platform)))
            {
                continue;
            }

            Copy(file, Path.Combine(bin, ours ? "" : "dependencies", relative));
        }

        CopyFolder(repository.At("module"), repository.Module);
        foreach (string page in (string[])["LICENSE", "NOTICE"])
        {
            Copy(repository.At(page), Path.Combine(repository.Module, page));
        }
    }

    private static void CopyFolder(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
