namespace KmsPS.Build.Tasks;

/// <summary>Measures. What follows the task's name goes to the benchmark program: <c>--quick</c>, <c>--only B1,B2</c>, <c>--record</c>.</summary>
internal sealed class BenchTask(Repository repository)
{
    public int Run(string[] arguments)
    {
        new BuildTask(repository).Run();
        new PackageTask(repository).PublishServer();
        string program = repository.At("bench", "KmsPS.Benchmarks", "bin", Repository.Configuration, "net10.0", "KmsPS.Benchmarks.dll");
        return Shell.Run(repository.Root, "dotnet", [program, .. arguments]).ExitCode;
    }
}
