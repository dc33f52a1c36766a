namespace KmsPS.Engine.Providers;

/// <summary>How much is remembered, and for how long.</summary>
public sealed record CacheLimits
{
    /// <summary>Most versions, and most keys, that are remembered at a time. Default 65,536: about 50 MB.</summary>
    public int MaxEntries { get; init; } = 65_536;

    /// <summary>How long a version is served without asking a store that tells of no changes. <c>hadoop.kms.cache.timeout.ms</c>, default 10 minutes.</summary>
    public TimeSpan VersionLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The same for metadata and the current version. <c>hadoop.kms.current.key.cache.timeout.ms</c>, default 30 seconds.</summary>
    public TimeSpan CurrentLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long anything is served without asking a store that does tell of changes: the net under a server that was killed between
    /// its commit and its announcement. Default one second; asking again costs some 30 µs.
    /// </summary>
    public TimeSpan Recheck { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a read waits for a store that tells of changes, where there is an older answer that still stands. After that the store
    /// counts as away until it answers. Default one second.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long something is served of a store that tells of changes and cannot be reached: a key that others roll or delete
    /// meanwhile is used as it was. Default 10 minutes.
    /// </summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromMinutes(10);
}
