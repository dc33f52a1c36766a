namespace KmsPS.Engine.Acl;

/// <summary>Mistakes in <c>kms-acls.xml</c> that people are known to make.</summary>
public enum AclFindingKind
{
    /// <summary>No such operation; the property is ignored.</summary>
    UnknownOperation,

    /// <summary><c>key.acl.X</c> without a key name; the property is ignored.</summary>
    InvalidKeyName,

    /// <summary><c>default.key.acl.ALL</c> or <c>whitelist.key.acl.ALL</c>; the property is ignored.</summary>
    AllNotAllowed,

    /// <summary>An empty value: the list counts as not set.</summary>
    EmptyValue,

    /// <summary>A property that no KMS reads.</summary>
    UnknownProperty,

    /// <summary>A later property of the same name overrides this one, or a final one shuts it out.</summary>
    Overridden,

    /// <summary>A blank after a comma: what follows is read as groups.</summary>
    BlankAfterComma,

    /// <summary>More than one blank between users and groups, or a tab: names are glued together.</summary>
    OddBlank,

    /// <summary>A name that no short name or group can equal, such as a Kerberos principal.</summary>
    NameMatchesNobody,

    /// <summary>A list of one key switches every default off for that key.</summary>
    DefaultsDisabled,

    /// <summary>An HDFS superuser, who reads every file's ciphertext, may also decrypt its keys.</summary>
    SuperuserCanDecrypt,

    /// <summary>Everybody may read key material.</summary>
    EverybodyReadsMaterial,

    /// <summary>Everybody may do what should be a key administrator's.</summary>
    EverybodyAdministers,

    /// <summary>The entry can never take effect, because a blacklist or another list decides first.</summary>
    Unreachable,
}

/// <summary>One mistake, with its place.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Property">The property it is about.</param>
/// <param name="Message">What it means, and what to write instead.</param>
/// <param name="File">The file's name.</param>
/// <param name="Line">1-based line.</param>
public sealed record AclFinding(AclFindingKind Kind, string Property, string Message, string File, int Line)
{
    /// <summary>Place and message on one line.</summary>
    public override string ToString() => $"{File}:{Line}: {Message}";
}
