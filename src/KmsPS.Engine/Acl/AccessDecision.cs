namespace KmsPS.Engine.Acl;

/// <summary>Why a decision fell as it did.</summary>
public enum AccessReason
{
    /// <summary>No list for the operation: everybody may; nobody, where the operation is ours alone.</summary>
    NoOperationAcl,

    /// <summary>The operation's list has the caller.</summary>
    InOperationAcl,

    /// <summary>The operation's list has not.</summary>
    NotInOperationAcl,

    /// <summary>The operation's blacklist has the caller; it outranks the list.</summary>
    Blacklisted,

    /// <summary>A list of the key's own has the caller.</summary>
    InKeyAcl,

    /// <summary>The key's own list for ALL has the caller.</summary>
    InKeyAllAcl,

    /// <summary>The key has no lists of its own, and the default list has the caller.</summary>
    InDefaultKeyAcl,

    /// <summary>The whitelist has the caller.</summary>
    InWhitelist,

    /// <summary>The lists that apply to the key do not have the caller.</summary>
    NotInKeyAcl,

    /// <summary>No list at all speaks of this key and operation.</summary>
    NoKeyAcl,

    /// <summary>Key authorisation is switched off.</summary>
    KeyAuthorizationOff,
}

/// <summary>An answer of the access lists. It carries its reason; making one allocates nothing.</summary>
/// <param name="IsAllowed">Whether the caller may.</param>
/// <param name="Reason">Why.</param>
/// <param name="DecidedBy">The rule that decided, where one did.</param>
/// <param name="ListsConsulted">
/// For key questions: how many of the operation's own list and the ALL list were asked and said no. A stock server writes one
/// UNAUTHORIZED line for each of them, and none when no list speaks of the key.
/// </param>
public readonly record struct AccessDecision(bool IsAllowed, AccessReason Reason, AclRule? DecidedBy, int ListsConsulted = 0);
