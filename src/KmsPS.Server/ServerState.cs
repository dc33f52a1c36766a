namespace KmsPS.Server;

/// <summary>What a running server says of itself in <c>STATE_DIR/NAME.json</c>.</summary>
/// <param name="Name">The instance.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="ProcessStartTime">When that process began, UTC: a process number may be used again.</param>
/// <param name="Urls">Where it listens, with the real ports.</param>
/// <param name="Version">The product's version.</param>
/// <param name="ConfigHash">SHA-256 of the configuration files, so that a tool sees whether they changed since.</param>
/// <param name="Thumbprint">SHA-256 of the certificate; <see langword="null"/> without TLS.</param>
/// <param name="LogPath">Its log.</param>
/// <param name="DataDirectory">Its data.</param>
internal sealed record ServerState(
    string Name, int ProcessId, DateTimeOffset ProcessStartTime, IReadOnlyList<string> Urls, string Version, string ConfigHash, string? Thumbprint, string LogPath, string DataDirectory);
