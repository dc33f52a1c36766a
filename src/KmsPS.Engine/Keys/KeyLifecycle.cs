namespace KmsPS.Engine.Keys;

/// <summary>One version without its material.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Created">When it was made, UTC.</param>
/// <param name="Use">Whether it may be used.</param>
/// <param name="IsCurrent">Whether new EEKs are made with it.</param>
/// <param name="LastUsed">
/// When it last wrapped or unwrapped something, UTC, as far as the store knows: written in batches, so up to a minute late;
/// <see langword="null"/> while nobody did since the store keeps count.
/// </param>
public sealed record VersionFacts(KeyVersionName Name, DateTimeOffset Created, VersionUse Use, bool IsCurrent, DateTimeOffset? LastUsed);

/// <summary>All that is known of a key in use but its material.</summary>
/// <param name="Key">The key, with what may be done with it.</param>
/// <param name="Versions">Its versions, oldest first.</param>
public sealed record KeyLifecycle(KeyMetadata Key, IReadOnlyList<VersionFacts> Versions);
