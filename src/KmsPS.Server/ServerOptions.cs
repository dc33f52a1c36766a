namespace KmsPS.Server;

/// <summary>What the server is for.</summary>
internal enum ServerRole
{
    /// <summary>The Hadoop KMS protocol.</summary>
    Kms,

    /// <summary>Client-sealed deposits.</summary>
    KeyTrustee,
}

/// <summary>The command line, read and complete.</summary>
/// <param name="Name">Names the instance in its state file, data directory and log.</param>
/// <param name="ConfigDirectory">Hadoop's files; <see langword="null"/> for defaults alone.</param>
/// <param name="DataDirectory">Embedded store, certificate, logs.</param>
/// <param name="StateDirectory">Where <c>NAME.json</c> is written.</param>
/// <param name="Listen">Listeners that were asked for; none where the files or the default decide.</param>
/// <param name="Roles">What it serves.</param>
/// <param name="IsDetached">Whether it outlives the terminal: interrupts and hang-ups are ignored, the console stays silent.</param>
internal sealed record ServerOptions(
    string Name, string? ConfigDirectory, string DataDirectory, string StateDirectory, IReadOnlyList<ListenUrl> Listen, IReadOnlySet<ServerRole> Roles, bool IsDetached);
