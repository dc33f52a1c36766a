using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace KmsPS.Build;

/// <summary>What a program did. Output is empty where it went straight to the screen.</summary>
internal sealed record Ran(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs other programs.</summary>
internal static class Shell
{
    private const int NotFound = 127;
    private const int TimedOut = 124;

    /// <summary>Runs a program that must succeed; its output goes to the screen.</summary>
    public static void Require(string folder, string program, params string[] arguments)
    {
        Ran ran = Run(folder, program, arguments);
        if (!ran.Succeeded)
        {
            throw new BuildFailedException($"'{program} {string.Join(' ', arguments)}' ended with {ran.ExitCode}; its own words are above.");
        }
    }

    /// <summary>Runs a program whose output goes to the screen.</summary>
    public static Ran Run(string folder, string program, IEnumerable<string> arguments, TimeSpan? deadline = null, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(folder, program, arguments, capture: false, deadline, environment);

    /// <summary>Runs a program and keeps what it says, on both streams.</summary>
    public static Ran Capture(string folder, string program, IEnumerable<string> arguments, TimeSpan? deadline = null, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(folder, program, arguments, capture: true, deadline, environment);

    private static Ran Start(string folder, string program, IEnumerable<string> arguments, bool capture, TimeSpan? deadline, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
        };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        StringBuilder said = new();
        using Process process = new() { StartInfo = start };
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (said)
            {
                said.AppendLine(line.Data);
            }
        }

        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return new Ran(NotFound, $"{program}: not found");
        }

        if (capture)
        {
            process.OutputDataReceived += Keep;
            process.ErrorDataReceived += Keep;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        if (!process.WaitForExit(deadline ?? Timeout.InfiniteTimeSpan))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return new Ran(TimedOut, said.ToString());
        }

        process.WaitForExit();
        return new Ran(process.ExitCode, said.ToString());
    }
}
