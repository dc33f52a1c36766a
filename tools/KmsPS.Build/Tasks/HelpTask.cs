namespace KmsPS.Build.Tasks;

/// <summary>Makes the module's help from <c>docs/help</c>.</summary>
internal sealed class HelpTask(Repository repository)
{
    public int Run()
    {
        string pages = repository.At("docs", "help");
        if (!Directory.Exists(pages))
        {
            Console.WriteLine("help: docs/help has no pages yet, so there is nothing to make.");
            return 0;
        }

        string generator = repository.At("tools", "KmsPS.HelpGenerator", "bin", Repository.Configuration, "net10.0", "KmsPS.HelpGenerator.dll");
        if (!File.Exists(generator))
        {
            new BuildTask(repository).Run();
        }

        string target = Path.Combine(repository.Module, "en-US");
        Directory.CreateDirectory(target);
        Shell.Require(repository.Root, "dotnet", generator, pages, target);
        return 0;
    }
}
