using System.Runtime.InteropServices;

namespace KmsPS.Server;

/// <summary>Keeps key material out of core dumps, as well as the platform lets it.</summary>
internal static partial class Hardening
{
    private const int ResourceCore = 4;
    private const int SetDumpable = 4;

    /// <summary>Turns core dumps off; whether the system agreed. Elsewhere than on Linux nothing is done.</summary>
    /// <remarks>SOURCE: setrlimit(2), prctl(2). Not dumpable also keeps other processes of the account from attaching.</remarks>
    public static bool TryForbidCoreDumps()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        Limit none = default;
        bool limited = SetLimit(ResourceCore, in none) == 0;
        bool undumpable = ProcessControl(SetDumpable, 0, 0, 0, 0) == 0;
        return limited && undumpable;
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
