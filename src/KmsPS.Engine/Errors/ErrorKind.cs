namespace KmsPS.Engine.Errors;

/// <summary>
/// What kind of refusal or failure a <see cref="KmsException"/> stands for. One table turns a kind into an HTTP status and a
/// Java class name (<c>Wire/RemoteErrors</c>), another into a PowerShell error id and category.
/// </summary>
public enum ErrorKind
{
    /// <summary>A parameter is missing or malformed.</summary>
    InvalidRequest,

    /// <summary>A key name that no store accepts.</summary>
    KeyNameInvalid,

    /// <summary>The cipher is unknown, or material cannot be made for it.</summary>
    CipherUnsupported,

    /// <summary>A bit length that the cipher does not have.</summary>
    LengthInvalid,

    /// <summary>Given material is not as long as the key demands.</summary>
    MaterialLengthInvalid,

    /// <summary>There is no key of that name.</summary>
    KeyNotFound,

    /// <summary>There is no key version of that name.</summary>
    KeyVersionNotFound,

    /// <summary>The key version belongs to another key than the one named.</summary>
    KeyVersionMismatch,

    /// <summary>The name is taken.</summary>
    KeyAlreadyExists,

    /// <summary>The name belongs to a deleted key that can still be restored.</summary>
    KeyDeleted,

    /// <summary>The key or the version is disabled.</summary>
    KeyDisabled,

    /// <summary>The version's material was destroyed for good.</summary>
    KeyVersionDestroyed,

    /// <summary>The key was changed by somebody else in between, or is not at the expected version.</summary>
    Conflict,

    /// <summary>The caller may not do this.</summary>
    AccessDenied,

    /// <summary>It is not known who the caller is, or the credentials are bad.</summary>
    AuthenticationFailed,

    /// <summary>The store, or this scheme, cannot do this.</summary>
    Unsupported,

    /// <summary>More than the limit was asked for.</summary>
    LimitExceeded,

    /// <summary>An EEK or its IV cannot be processed.</summary>
    CryptoFailed,

    /// <summary>The store cannot be reached or written at the moment; trying again may help.</summary>
    StoreUnavailable,

    /// <summary>The store answers, but what it holds is damaged or sealed under another store key.</summary>
    StoreCorrupt,

    /// <summary>No audit sink took the event, so the operation must not happen.</summary>
    AuditUnavailable,

    /// <summary>A configuration file, option or URI is wrong.</summary>
    ConfigurationInvalid,

    /// <summary>A remote server did not answer in time or not at all.</summary>
    ServerUnavailable,

    /// <summary>A remote server answered with an error that has no closer kind.</summary>
    ServerError,

    /// <summary>A defect of ours.</summary>
    Internal,
}
