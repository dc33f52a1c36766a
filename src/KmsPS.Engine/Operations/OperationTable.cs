using System.Collections.Frozen;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Operations;

/// <summary>The table of operations. SOURCE: Hadoop KMS.java, KeyAuthorizationKeyProvider.java, KMSAudit.java.</summary>
public static class OperationTable
{
    private static readonly OperationRow[] Table = new OperationRow[]
    {
        new(KmsOperation.CreateKey, "CREATE_KEY", AclOperation.Create, KeyAclType.Management, HidesMaterial: true, ChangesStore: true),
        new(KmsOperation.RollNewVersion, "ROLL_NEW_VERSION", AclOperation.Rollover, KeyAclType.Management, HidesMaterial: true, ChangesStore: true),
        new(KmsOperation.InvalidateCache, "INVALIDATE_CACHE", AclOperation.Rollover, KeyAclType.Management, AlternativeAcl: AclOperation.Delete),
        new(KmsOperation.DeleteKey, "DELETE_KEY", AclOperation.Delete, KeyAclType.Management, ChangesStore: true),
        new(KmsOperation.RestoreKey, "UNDELETE_KEY", AclOperation.Undelete, KeyAclType.Undelete, ChangesStore: true),
        new(KmsOperation.PurgeKey, "PURGE_KEY", AclOperation.Purge, KeyAclType.Purge, ChangesStore: true),
        new(KmsOperation.GetKeys, "GET_KEYS", AclOperation.GetKeys, KeyAcl: null, ListsKeys: true),
        new(KmsOperation.GetKeysMetadata, "GET_KEYS_METADATA", AclOperation.GetMetadata, KeyAclType.Read),
        new(KmsOperation.GetMetadata, "GET_METADATA", AclOperation.GetMetadata, KeyAclType.Read),
        new(KmsOperation.GetKeyVersion, "GET_KEY_VERSION", AclOperation.Get, KeyAclType.Read, IsAggregated: true),
        new(KmsOperation.GetKeyVersions, "GET_KEY_VERSIONS", AclOperation.Get, KeyAclType.Read),
        new(KmsOperation.GetCurrentKey, "GET_CURRENT_KEY", AclOperation.Get, KeyAclType.Read, IsAggregated: true),
        new(KmsOperation.GenerateEek, "GENERATE_EEK", AclOperation.GenerateEek, KeyAclType.GenerateEek, IsAggregated: true),
        new(KmsOperation.DecryptEek, "DECRYPT_EEK", AclOperation.DecryptEek, KeyAclType.DecryptEek, IsAggregated: true),
        new(KmsOperation.ReencryptEek, "REENCRYPT_EEK", AclOperation.GenerateEek, KeyAclType.GenerateEek, IsAggregated: true),
        new(KmsOperation.ReencryptEekBatch, "REENCRYPT_EEK_BATCH", AclOperation.GenerateEek, KeyAclType.GenerateEek),
        new(KmsOperation.ExportKey, "EXPORT_KEY", AclOperation.Get, KeyAclType.Migrate),
        new(KmsOperation.ImportKey, "IMPORT_KEY", AclOperation.Create, KeyAclType.Migrate, ChangesStore: true),
        new(KmsOperation.RekeyStore, "REKEY_STORE", AclOperation.Administer, KeyAcl: null, ChangesStore: true),

        // To forbid a key's use is as hard on its users as deleting it, so the same right is asked for; a version's end is a purge.
        new(KmsOperation.DisableKey, "DISABLE_KEY", AclOperation.Delete, KeyAclType.Management, ChangesStore: true),
        new(KmsOperation.EnableKey, "ENABLE_KEY", AclOperation.Delete, KeyAclType.Management, ChangesStore: true),
        new(KmsOperation.ScheduleDeletion, "SCHEDULE_DELETION", AclOperation.Delete, KeyAclType.Management, ChangesStore: true),
        new(KmsOperation.CancelDeletion, "CANCEL_DELETION", AclOperation.Delete, KeyAclType.Management, ChangesStore: true, AlternativeAcl: AclOperation.Undelete),
        new(KmsOperation.DestroyVersion, "DESTROY_VERSION", AclOperation.Purge, KeyAclType.Purge, ChangesStore: true),
        new(KmsOperation.GetLifecycle, "GET_LIFECYCLE", AclOperation.GetMetadata, KeyAclType.Read),
        new(KmsOperation.BackupStore, "BACKUP_STORE", AclOperation.Administer, KeyAcl: null, ChangesStore: true),
        new(KmsOperation.RestoreStore, "RESTORE_STORE", AclOperation.Administer, KeyAcl: null, ChangesStore: true),
        new(KmsOperation.TestBackup, "TEST_BACKUP", AclOperation.Administer, KeyAcl: null),
        new(KmsOperation.CheckStore, "CHECK_STORE", AclOperation.Administer, KeyAcl: null),
        new(KmsOperation.RepairStore, "REPAIR_STORE", AclOperation.Administer, KeyAcl: null, ChangesStore: true),
        new(KmsOperation.GetRolloverPlan, "GET_ROLLOVER_PLAN", AclOperation.GetMetadata, KeyAcl: null, ListsKeys: true),
    }.OrderBy(static row => row.Verb).ToArray();

    private static readonly FrozenDictionary<KeyAclType, string> KeyAclNames = new Dictionary<KeyAclType, string>
    {
        [KeyAclType.All] = "ALL",
        [KeyAclType.Read] = "READ",
        [KeyAclType.Management] = "MANAGEMENT",
        [KeyAclType.GenerateEek] = "GENERATE_EEK",
        [KeyAclType.DecryptEek] = "DECRYPT_EEK",
        [KeyAclType.Migrate] = "MIGRATE",
        [KeyAclType.Undelete] = "UNDELETE",
        [KeyAclType.Purge] = "PURGE",
    }.ToFrozenDictionary();

    /// <summary>Every row, in the order of <see cref="KmsOperation"/>.</summary>
    public static IReadOnlyList<OperationRow> Rows => Table;

    /// <summary>The row of one operation.</summary>
    public static OperationRow Of(KmsOperation verb) => Table[(int)verb];

    /// <summary>A key operation as <c>key.acl.NAME.*</c> and audit lines spell it.</summary>
    public static string NameOf(KeyAclType type) => KeyAclNames[type];
}
