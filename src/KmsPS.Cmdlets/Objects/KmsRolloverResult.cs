namespace KmsPS;

/// <summary>What became of one key in a roll: every key that was not an error gets one, also where nothing had to be done.</summary>
public sealed class KmsRolloverResult
{
    internal KmsRolloverResult(string name, string? previousVersion, string? version, bool rolled, string reason, TimeSpan duration, string provider)
    {
        Name = name;
        PreviousVersion = previousVersion;
        Version = version;
        Rolled = rolled;
        Reason = reason;
        Duration = duration;
        Provider = provider;
    }

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>The current version before; empty for callers without the right to see metadata.</summary>
    public string? PreviousVersion { get; }

    /// <summary>The current version now.</summary>
    public string? Version { get; }

    /// <summary>Whether a new version was made.</summary>
    public bool Rolled { get; }

    /// <summary><c>Rolled</c>, <c>NotOldEnough</c>, or <c>RolledMeanwhile</c> by somebody else.</summary>
    public string Reason { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The connection it was done over.</summary>
    public string Provider { get; }

    /// <summary>The key's name: a cmdlet that this is piped into acts on the key.</summary>
    public override string ToString() => Name;
}
