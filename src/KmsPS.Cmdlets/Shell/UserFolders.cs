namespace KmsPS.Cmdlets.Shell;

/// <summary>Where the current user's stores lie. The server goes by the same rules. SOURCE: XDG base directory specification.</summary>
internal static class UserFolders
{
    /// <summary>The folder of all stores and servers: <c>$XDG_DATA_HOME/kmsps</c>, or the platform's equivalent.</summary>
    internal static string Root => Path.Combine(DataHome, "kmsps");

    /// <summary>The data of the server or store of this name.</summary>
    internal static string Data(string name) => Path.Combine(Root, name);

    private static string DataHome => Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
        ? given
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
}
