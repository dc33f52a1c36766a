namespace KmsPS.Build.Tasks;

/// <summary>Measures. What follows the task's name goes to the benchmark program: <c>--quick</c>, <c>--only B1,B2</c>, <c>--record</c>.</summary>
internal sealed class BenchTask(Repository repository)
{
    public int Run(string[] arguments)
    {
        // The server as it is published, and the module as it is installed: B18 rolls in a shell.
        new PackageTask(repository).Run();
        string program = repository.At("bench", "KmsPS.Benchmarks", "bin", Repository.Configuration, "net10.0", "KmsPS.Benchmarks.dll");
        return Shell.Run(repository.Root, "dotnet", [program, .. arguments]).ExitCode;
    }
}
