using System.Collections.Frozen;

namespace KmsPS.Engine.Keys;

/// <summary>What is known of a key without its material.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cipher">The transformation that its owner means it for; EEKs are made with AES-CTR whatever it says.</param>
/// <param name="BitLength">Length of every version's material, in bits.</param>
/// <param name="Description">Free text, or <see langword="null"/>.</param>
/// <param name="Attributes">Free pairs; <c>key.acl.name</c> names the key's access list. Never <see langword="null"/>.</param>
/// <param name="Created">Creation instant, UTC, to the millisecond (the wire carries epoch milliseconds).</param>
/// <param name="Versions">Number that the next version will have: the number of versions ever made under this name.</param>
public sealed record KeyMetadata(
    KeyName Name,
    CipherName Cipher,
    int BitLength,
    string? Description,
    FrozenDictionary<string, string> Attributes,
    DateTimeOffset Created,
    int Versions)
{
    /// <summary>The attribute that names the key's access list. SOURCE: Hadoop KeyAuthorizationKeyProvider.KEY_ACL_NAME.</summary>
    public const string AclNameAttribute = "key.acl.name";

    /// <summary>The name under which <c>key.acl.*</c> speaks of this key.</summary>
    public string AclName => Attributes.TryGetValue(AclNameAttribute, out string? name) ? name : Name.Value;

    /// <summary>Name of the version that new EEKs are made with.</summary>
    public KeyVersionName Current { get; init; } = KeyVersionName.Of(Name, Math.Max(Versions - 1, 0));

    /// <summary>When <see cref="Current"/> was made, UTC; <see langword="null"/> where the store does not tell (Hadoop's wire has no room for it).</summary>
    public DateTimeOffset? CurrentCreated { get; init; }

    /// <summary>When the key was deleted, softly; <see langword="null"/> for a key in use.</summary>
    public DateTimeOffset? Deleted { get; init; }

    /// <summary>What may be done with the key and its versions.</summary>
    public KeyUse Use { get; init; } = KeyUse.Plain;
}
