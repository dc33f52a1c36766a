namespace KmsPS;

/// <summary>A key server's process, as its state file tells of it. Every shell sees the same servers.</summary>
public sealed class KmsServer
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>Running</c>, or <c>Stopped</c> when its process is gone.</summary>
    public required string State { get; init; }

    /// <summary>Its process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>When the process began, local time.</summary>
    public required DateTime Started { get; init; }

    /// <summary>The address for clients: the first listener with <c>/kms</c>. <c>Connect-KmsProvider</c> takes it.</summary>
    public required string Uri { get; init; }

    /// <summary>All listeners, with their real ports.</summary>
    public required string[] Urls { get; init; }

    /// <summary>The server's version.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of its certificate, in hexadecimal; empty without TLS.</summary>
    public required string? Thumbprint { get; init; }

    /// <summary>Its log.</summary>
    public required string LogPath { get; init; }

    /// <summary>Its data.</summary>
    public required string DataPath { get; init; }

    /// <summary>The file that all this was read from.</summary>
    public required string StatePath { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
