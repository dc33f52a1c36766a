namespace KmsPS.Build.Tasks;

/// <summary>Compiles everything in Release.</summary>
internal sealed class BuildTask(Repository repository)
{
    public int Run()
    {
        Shell.Require(repository.Root, "dotnet", "build", "KmsPS.slnx", "-c", Repository.Configuration, "-v", "q", "-nologo", "-clp:ErrorsOnly");
        return 0;
    }
}
