namespace KmsPS.Cmdlets.Shell;

/// <summary>Where the current user's stores and the state of running servers lie. The server goes by the same rules.</summary>
internal static class UserFolders
{
    /// <summary>The data of a server or store of this name: <c>$XDG_DATA_HOME/kmsps/NAME</c>, or the platform's equivalent.</summary>
    internal static string Data(string name) => Path.Combine(DataHome, "kmsps", name);

    /// <summary>Where running servers write their state files: <c>$XDG_RUNTIME_DIR/kmsps</c>, else beside the data.</summary>
    internal static string State => Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
        ? Path.Combine(runtime, "kmsps")
        : Path.Combine(DataHome, "kmsps", "run");

    private static string DataHome => Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } given
        ? given
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
}
