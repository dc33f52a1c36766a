namespace KmsPS.Engine.Keys;

/// <summary>What can be done with a key in use besides reading and rolling it.</summary>
public enum LifecycleAction
{
    /// <summary>Forbid the use of a key or of one version.</summary>
    Disable,

    /// <summary>Allow it again.</summary>
    Enable,

    /// <summary>Set a time at which the key is deleted; it may not be used from now on.</summary>
    ScheduleDeletion,

    /// <summary>Let the key live after all.</summary>
    CancelDeletion,

    /// <summary>Destroy one version's material for good.</summary>
    DestroyVersion,
}

/// <summary>A change of what may be done with a key.</summary>
/// <param name="Action">What.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">Which version; <see langword="null"/> for the whole key.</param>
/// <param name="Due">When the key is to be deleted, UTC; only with <see cref="LifecycleAction.ScheduleDeletion"/>.</param>
public readonly record struct LifecycleChange(LifecycleAction Action, KeyName Key, KeyVersionName? Version = null, DateTimeOffset? Due = null);
