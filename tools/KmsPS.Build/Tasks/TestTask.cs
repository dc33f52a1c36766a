namespace KmsPS.Build.Tasks;

/// <summary>Runs every test there is, names what cannot run here, and ends with one line over everything.</summary>
internal sealed class TestTask(Repository repository)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(25);

    public int Run(string[] arguments)
    {
        Prerequisites.Install(repository);
        new PackageTask(repository).Run();
        Directory.CreateDirectory(repository.TestResults);
        Tally tally = new();
        RunXunit(tally, arguments);
        RunPester(tally);
        return tally.Report();
    }

    private void RunXunit(Tally tally, string[] arguments)
    {
        string results = Path.Combine(repository.TestResults, "xunit.xml");
        File.Delete(results);
        string program = repository.At("tests", "unit", "bin", Repository.Configuration, "net10.0", "KmsPS.Tests.dll");
        Dictionary<string, string> environment = new() { ["KMSPS_SERVER"] = repository.Server, ["KMSPS_MODULE"] = repository.ModuleManifest };
        Ran ran = Shell.Run(repository.At("tests", "unit"), "dotnet", [program, "-noLogo", "-noColor", "-xml", results, .. arguments], Deadline, environment);
        tally.AddXunit(results, ran.ExitCode);
    }

    private void RunPester(Tally tally)
    {
        string tests = repository.At("tests", "pester");
        string[] files = Directory.Exists(tests) ? Directory.GetFiles(tests, "*.Tests.ps1", SearchOption.AllDirectories) : [];
        if (files.Length == 0)
        {
            return;
        }

        PowerShellHost shell = PowerShellHost.Find(repository);
        if (shell.Lacks is { } lacks)
        {
            foreach (string file in files)
            {
                tally.Skip(Path.GetRelativePath(repository.Root, file), lacks);
            }

            return;
        }

        string results = Path.Combine(repository.TestResults, "pester.json");
        File.Delete(results);
        string script = Path.Combine(AppContext.BaseDirectory, "Pester.ps1");
        Dictionary<string, string> environment = new() { ["KMSPS_MODULE"] = repository.ModuleManifest };
        Ran ran = shell.Run(tests, ["-File", script, "-Tests", tests, "-Results", results], Deadline, environment);
        tally.AddPester(results, ran.ExitCode);
    }
}
