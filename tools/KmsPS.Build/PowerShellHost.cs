namespace KmsPS.Build;

/// <summary>How to start PowerShell 7.6 with Pester 5.7, or why that cannot be done here.</summary>
internal sealed record PowerShellHost(string? Program, IReadOnlyList<string> Prefix, string? Lacks)
{
    private static readonly Version Needed = new(7, 6);

    public static PowerShellHost Find(Repository repository)
    {
        string why = "no 'pwsh' on the path";
        if (VersionOf(repository, "pwsh", []) is { } installed)
        {
            if (installed >= Needed)
            {
                return WithPester(repository, "pwsh", []);
            }

            why = $"'pwsh' on the path is {installed}";
        }

        if (File.Exists(repository.At(".config", "dotnet-tools.json")))
        {
            Shell.Capture(repository.Root, "dotnet", ["tool", "restore"], TimeSpan.FromMinutes(2));
            string[] prefix = ["tool", "run", "pwsh", "--"];
            if (VersionOf(repository, "dotnet", prefix) >= Needed)
            {
                return WithPester(repository, "dotnet", prefix);
            }

            why += ", and 'dotnet tool restore' brought none";
        }

        return new PowerShellHost(null, [], $"PowerShell {Needed} was not found ({why}). Install it and run again.");
    }

    public Ran Run(string folder, IEnumerable<string> arguments, TimeSpan deadline, IReadOnlyDictionary<string, string>? environment = null) =>
        Shell.Run(folder, Program!, [.. Prefix, "-NoProfile", "-NonInteractive", .. arguments], deadline, environment);

    private static PowerShellHost WithPester(Repository repository, string program, string[] prefix)
    {
        Ran found = Shell.Capture(
            repository.Root,
            program,
            [.. prefix, "-NoProfile", "-NonInteractive", "-Command", "[bool](Get-Module -ListAvailable Pester | Where-Object Version -GE 5.7)"],
            TimeSpan.FromMinutes(1));
        return found.Output.Contains("True", StringComparison.Ordinal)
            ? new PowerShellHost(program, prefix, null)
            : new PowerShellHost(null, [], "PowerShell is here, but Pester 5.7 is not. Run: Install-PSResource Pester");
    }

    private static Version? VersionOf(Repository repository, string program, string[] prefix)
    {
        Ran ran = Shell.Capture(repository.Root, program, [.. prefix, "-NoProfile", "-Command", "$v = $PSVersionTable.PSVersion; [string]::Join('.', $v.Major, $v.Minor)"], TimeSpan.FromMinutes(1));
        return ran.Succeeded && Version.TryParse(ran.Output.Trim(), out Version? version) ? version : null;
    }
}
