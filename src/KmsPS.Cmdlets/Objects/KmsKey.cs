using System.Collections.ObjectModel;
using KmsPS.Engine.Keys;

namespace KmsPS;

/// <summary>A key as the shell shows it. It holds no material.</summary>
public sealed class KmsKey
{
    internal KmsKey(KeyMetadata metadata, string provider)
    {
        Name = metadata.Name.Value;
        Cipher = metadata.Cipher.Value;
        BitLength = metadata.BitLength;
        Description = metadata.Description;
        Attributes = new ReadOnlyDictionary<string, string>(new SortedDictionary<string, string>(metadata.Attributes.ToDictionary(), StringComparer.Ordinal));
        Created = metadata.Created.LocalDateTime;
        Versions = metadata.Versions;
        CurrentVersion = metadata.Current.Value;
        Rolled = RolledAt(metadata)?.LocalDateTime;
        Deleted = metadata.Deleted?.LocalDateTime;
        State = metadata.Use.OfKey switch { VersionUse.KeyDisabled => "Disabled", VersionUse.DeletionPending => "DeletionPending", _ => "Enabled" };
        DeletionDue = metadata.Use.DeletionDue?.LocalDateTime;
        Provider = provider;
    }

    /// <summary>Its name; compared exactly, capital letters included.</summary>
    public string Name { get; }

    /// <summary>The transformation that its owner means it for.</summary>
    public string Cipher { get; }

    /// <summary>Length of its material, in bits.</summary>
    public int BitLength { get; }

    /// <summary>Free text.</summary>
    public string? Description { get; }

    /// <summary>Free pairs; <c>key.acl.name</c> names the key's access list.</summary>
    public ReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>When the key was made, local time.</summary>
    public DateTime Created { get; }

    /// <summary>Number of versions ever made under this name.</summary>
    public int Versions { get; }

    /// <summary>Name of the version that new encrypted keys are made with.</summary>
    public string CurrentVersion { get; }

    /// <summary>When the current version was made, local time; empty where the provider does not tell.</summary>
    public DateTime? Rolled { get; }

    /// <summary>When the key was deleted, local time; empty for a key in use.</summary>
    public DateTime? Deleted { get; }

    /// <summary><c>Enabled</c>, <c>Disabled</c>, or <c>DeletionPending</c>: neither of the two latter may be used.</summary>
    public string State { get; }

    /// <summary>When the key is to be deleted, local time; empty where nobody planned that.</summary>
    public DateTime? DeletionDue { get; }

    /// <summary>The connection it was read from; cmdlets it is piped into act there.</summary>
    public string Provider { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>When the current version was made. A key that was never rolled has the age of its only version.</summary>
    internal static DateTimeOffset? RolledAt(KeyMetadata metadata) => metadata.CurrentCreated ?? (metadata.Versions <= 1 ? metadata.Created : null);
}
