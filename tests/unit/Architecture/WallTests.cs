namespace KmsPS.Tests.Architecture;

/// <summary>Three walls: the engine knows .NET only, the server no PowerShell, the cmdlets no ASP.NET Core and no server.</summary>
public sealed class WallTests
{
    [Fact]
    public void The_engine_knows_neither_aspnet_nor_powershell()
    {
        using Built engine = Built.Engine();
        Forbid(engine, "Microsoft.AspNetCore", "System.Management.Automation", "kms-server", "KmsPS.Cmdlets");
    }

    [Fact]
    public void The_server_knows_no_powershell()
    {
        using Built server = Built.Server();
        Forbid(server, "System.Management.Automation", "KmsPS.Cmdlets");
    }

    [Fact]
    public void The_cmdlets_know_neither_aspnet_nor_the_server()
    {
        using Built cmdlets = Built.Cmdlets();
        Forbid(cmdlets, "Microsoft.AspNetCore", "kms-server");
    }

    private static void Forbid(Built built, params string[] names) => Verdict.None(
        built.Module.AssemblyReferences
            .Where(reference => names.Any(name => reference.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
            .Select(reference => $"{built.Module.Name} references {reference.Name}"),
        "move the code to the assembly that may know it, or put an interface into the engine that the other side implements.");
}
