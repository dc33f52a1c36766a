using System.Diagnostics;

namespace KmsPS.Tests;

/// <summary>Programs of others that some tests are run against, where a machine has them.</summary>
internal static class Peers
{
    internal static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program to its end and gives back what it printed; its exit code must be 0.</summary>
    internal static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {output}{await errors}");
        return output;
    }
}
