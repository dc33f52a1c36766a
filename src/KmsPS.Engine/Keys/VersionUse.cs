namespace KmsPS.Engine.Keys;

/// <summary>Whether a key version may be used, and if not, why.</summary>
public enum VersionUse
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>The version is disabled; it can be enabled again.</summary>
    VersionDisabled,

    /// <summary>Its material was destroyed for good.</summary>
    VersionDestroyed,

    /// <summary>The whole key is disabled; it can be enabled again.</summary>
    KeyDisabled,

    /// <summary>The key is to be deleted at a set time and may not be used until then; the deletion can be cancelled.</summary>
    DeletionPending,
}
