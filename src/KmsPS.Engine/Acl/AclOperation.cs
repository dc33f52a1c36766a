namespace KmsPS.Engine.Acl;

/// <summary>What <c>hadoop.kms.acl.*</c> and <c>hadoop.kms.blacklist.*</c> speak of. SOURCE: Hadoop KMSACLs.Type.</summary>
public enum AclOperation
{
    /// <summary><c>hadoop.kms.acl.CREATE</c></summary>
    Create,

    /// <summary><c>hadoop.kms.acl.DELETE</c></summary>
    Delete,

    /// <summary><c>hadoop.kms.acl.ROLLOVER</c></summary>
    Rollover,

    /// <summary><c>hadoop.kms.acl.GET</c>: reading material.</summary>
    Get,

    /// <summary><c>hadoop.kms.acl.GET_KEYS</c></summary>
    GetKeys,

    /// <summary><c>hadoop.kms.acl.GET_METADATA</c></summary>
    GetMetadata,

    /// <summary><c>hadoop.kms.acl.SET_KEY_MATERIAL</c>: creating and rolling with given material, in addition.</summary>
    SetKeyMaterial,

    /// <summary><c>hadoop.kms.acl.GENERATE_EEK</c>: also re-encryption.</summary>
    GenerateEek,

    /// <summary><c>hadoop.kms.acl.DECRYPT_EEK</c></summary>
    DecryptEek,

    /// <summary><c>keytrustee.kms.acl.UNDELETE</c>: bringing a deleted key back.</summary>
    Undelete,

    /// <summary><c>keytrustee.kms.acl.PURGE</c>: destroying a deleted key for good.</summary>
    Purge,

    /// <summary><c>kmsps.kms.acl.ADMINISTER</c>, ours: backup, restore, check and repair of the store, and its store key. Without a list, nobody may.</summary>
    Administer,
}

/// <summary>What key ACLs speak of. SOURCE: Hadoop KeyAuthorizationKeyProvider.KeyOpType.</summary>
public enum KeyAclType
{
    /// <summary><c>key.acl.NAME.ALL</c>; never valid as a default or in the whitelist.</summary>
    All,

    /// <summary>Metadata, versions, material.</summary>
    Read,

    /// <summary>Create, roll, delete, invalidate.</summary>
    Management,

    /// <summary>Generate and re-encrypt.</summary>
    GenerateEek,

    /// <summary>Decrypt.</summary>
    DecryptEek,

    /// <summary>Ours: export and migration of a key.</summary>
    Migrate,

    /// <summary>Ours: restore one deleted key.</summary>
    Undelete,

    /// <summary>Ours: purge one deleted key.</summary>
    Purge,
}
