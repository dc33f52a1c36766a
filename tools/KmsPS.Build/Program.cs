using KmsPS.Build;
using KmsPS.Build.Tasks;

Repository repository = Repository.Find();
string name = args.Length > 0 ? args[0] : "build";
string[] rest = args.Length > 1 ? args[1..] : [];
Dictionary<string, Func<int>> tasks = new(StringComparer.OrdinalIgnoreCase)
{
    ["build"] = () => new BuildTask(repository).Run(),
    ["serve"] = () => new ServeTask(repository).Run(rest),
    ["test"] = () => new TestTask(repository).Run(rest),
    ["bench"] = () => new BenchTask(repository).Run(rest),
    ["help"] = () => new HelpTask(repository).Run(),
    ["package"] = () => new PackageTask(repository).Run(),
    ["clean"] = () => new CleanTask(repository).Run(),
};

if (!tasks.TryGetValue(name, out Func<int>? task))
{
    Console.Error.WriteLine($"There is no task '{name}'. Tasks: {string.Join(", ", tasks.Keys)}.");
    return 2;
}

try
{
    return task();
}
catch (BuildFailedException failure)
{
    Console.Error.WriteLine($"{name}: {failure.Message}");
    return 1;
}
