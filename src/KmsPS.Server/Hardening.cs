using System.Runtime.InteropServices;

namespace KmsPS.Server;

/// <summary>Whether the process can leave its memory in a file.</summary>
internal enum CoreDumps
{
    /// <summary>Nobody has asked, or the platform cannot tell.</summary>
    Unknown,

    /// <summary>They are turned off.</summary>
    Forbidden,

    /// <summary>The system did not let them be turned off.</summary>
    Possible,
}

/// <summary>Keeps key material out of core dumps, as well as the platform lets it.</summary>
internal static partial class Hardening
{
    private const int ResourceCore = 4;
    private const int SetDumpable = 4;

    /// <summary>Turns core dumps off; elsewhere than on Linux nothing is done.</summary>
    /// <remarks>SOURCE: setrlimit(2), prctl(2). Not dumpable also keeps other processes of the account from attaching.</remarks>
    public static CoreDumps ForbidCoreDumps()
    {
        if (!OperatingSystem.IsLinux())
        {
            return CoreDumps.Unknown;
        }

        Limit none = default;
        bool limited = SetLimit(ResourceCore, in none) == 0;
        bool undumpable = ProcessControl(SetDumpable, 0, 0, 0, 0) == 0;
        return limited && undumpable ? CoreDumps.Forbidden : CoreDumps.Possible;
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
