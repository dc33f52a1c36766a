using System.Collections.Immutable;

namespace KmsPS.Engine.Keys;

/// <summary>What may be done with a key and its versions. Pure: a store keeps it, <see cref="After"/> changes it.</summary>
public sealed record KeyUse
{
    /// <summary>Everything may be used.</summary>
    public static KeyUse Plain { get; } = new();

    /// <summary>Whether the whole key is disabled.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>When the key is to be deleted, UTC; <see langword="null"/> where nobody wants that.</summary>
    public DateTimeOffset? DeletionDue { get; init; }

    /// <summary>The versions that may not be used by themselves, by name: disabled or destroyed.</summary>
    public ImmutableSortedDictionary<string, VersionUse> Versions { get; init; } = ImmutableSortedDictionary.Create<string, VersionUse>(StringComparer.Ordinal);

    /// <summary>Whether it says no more than <see cref="Plain"/>.</summary>
    public bool IsPlain => !IsDisabled && DeletionDue is null && Versions.IsEmpty;

    /// <summary>What holds for the key as a whole.</summary>
    public VersionUse OfKey => DeletionDue is not null ? VersionUse.DeletionPending : IsDisabled ? VersionUse.KeyDisabled : VersionUse.Allowed;

    /// <summary>What holds for one version: what is for good comes first, then the key, then the version.</summary>
    public VersionUse Of(KeyVersionName version)
    {
        VersionUse own = Versions.GetValueOrDefault(version.Value);
        return own == VersionUse.VersionDestroyed || OfKey == VersionUse.Allowed ? own : OfKey;
    }

    /// <summary>The same for a key that is deleted: nothing is due any more, all else stays for the day it is restored.</summary>
    public KeyUse AfterDeletion => this with { DeletionDue = null };

    /// <summary>Whether both say the same.</summary>
    public bool Equals(KeyUse? other) =>
        other is not null && IsDisabled == other.IsDisabled && DeletionDue == other.DeletionDue && Versions.SequenceEqual(other.Versions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsDisabled, DeletionDue, Versions.Count);

    /// <summary>What it is after a change; the same again where nothing changes.</summary>
    /// <param name="change">The change; a version that it names belongs to the key.</param>
    /// <param name="current">The version that new EEKs are made with.</param>
    /// <exception cref="Errors.KmsException">The change contradicts what is.</exception>
    public KeyUse After(LifecycleChange change, KeyVersionName current) => change switch
    {
        { Version: { } version } when Versions.GetValueOrDefault(version.Value) == VersionUse.VersionDestroyed =>
            change.Action == LifecycleAction.DestroyVersion ? this : throw KeyFaults.VersionDestroyed(version),
        { Action: LifecycleAction.Disable, Version: null } => this with { IsDisabled = true },
        { Action: LifecycleAction.Disable, Version: { } version } => this with { Versions = Versions.SetItem(version.Value, VersionUse.VersionDisabled) },
        { Action: LifecycleAction.Enable, Version: null } => DeletionDue is null ? this with { IsDisabled = false } : throw KeyFaults.DeletionPending(change.Key),
        { Action: LifecycleAction.Enable, Version: { } version } => this with { Versions = Versions.Remove(version.Value) },
        { Action: LifecycleAction.ScheduleDeletion, Due: { } due } => this with { DeletionDue = due },
        { Action: LifecycleAction.CancelDeletion } => DeletionDue is null ? throw KeyFaults.NoDeletionPending(change.Key) : this with { DeletionDue = null },
        { Action: LifecycleAction.DestroyVersion, Version: { } version } => version == current
            ? throw KeyFaults.CurrentVersion(version)
            : this with { Versions = Versions.SetItem(version.Value, VersionUse.VersionDestroyed) },
        _ => throw new ArgumentException($"A change of kind {change.Action} lacks its version or its time.", nameof(change)),
    };
}
