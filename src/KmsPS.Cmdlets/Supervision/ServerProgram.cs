using System.Diagnostics;
using System.Management.Automation;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets.Supervision;

/// <summary>Finds <c>kms-server</c> and the way to start it.</summary>
internal static class ServerProgram
{
    /// <summary>How to start it, with these arguments.</summary>
    /// <exception cref="ShellException">It is not there, or needs a runtime that is not.</exception>
    internal static ProcessStartInfo Find(IEnumerable<string> arguments)
    {
        string folder = Folder();
        string native = Path.Combine(folder, OperatingSystem.IsWindows() ? "kms-server.exe" : "kms-server");
        ProcessStartInfo start = new()
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (File.Exists(native))
        {
            start.FileName = native;
        }
        else
        {
            start.FileName = Dotnet();
            start.ArgumentList.Add(Path.Combine(folder, "kms-server.dll"));
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    // Beside the module; KMSPS_SERVER names another place, for a server that was installed by itself.
    private static string Folder()
    {
        string module = Path.GetDirectoryName(Path.GetDirectoryName(typeof(ServerProgram).Assembly.Location)) ?? ".";
        string[] candidates = [.. Environment.GetEnvironmentVariable("KMSPS_SERVER") is { Length: > 0 } named ? [named] : Array.Empty<string>(), Path.Combine(module, "server")];
        return candidates.FirstOrDefault(static folder => File.Exists(Path.Combine(folder, "kms-server.dll")))
            ?? throw new ShellException(
                "ServerStartFailed", ErrorCategory.OpenError, $"kms-server is in none of: {string.Join(", ", candidates)}",
                "Reinstall the module, or set KMSPS_SERVER to the folder that holds kms-server.dll.");
    }

    private static string Dotnet()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        IEnumerable<string?> folders =
        [
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
            "/usr/share/dotnet", "/usr/lib/dotnet", "/usr/local/share/dotnet",
        ];
        return folders.Where(static folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, name)).FirstOrDefault(File.Exists)
            ?? throw new ShellException(
                "ServerStartFailed", ErrorCategory.OpenError, "kms-server needs the ASP.NET Core 10 runtime, and no 'dotnet' was found",
                "Install the ASP.NET Core 10 runtime (https://dotnet.microsoft.com/download/dotnet/10.0), or set DOTNET_ROOT.");
    }
}
