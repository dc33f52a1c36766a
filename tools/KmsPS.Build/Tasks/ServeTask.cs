namespace KmsPS.Build.Tasks;

/// <summary>The main job: an HTTPS key server on an embedded store, and on the screen the lines to try next.</summary>
internal sealed class ServeTask(Repository repository)
{
    public int Run(string[] arguments)
    {
        new PackageTask(repository).Run();
        return Shell.Run(repository.Root, "dotnet", [Path.Combine(repository.Server, "kms-server.dll"), .. arguments]).ExitCode;
    }
}
