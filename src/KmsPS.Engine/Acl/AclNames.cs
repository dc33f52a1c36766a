using System.Diagnostics.CodeAnalysis;

namespace KmsPS.Engine.Acl;

/// <summary>What the names of properties in <c>kms-acls.xml</c> say.</summary>
public static class AclNames
{
    /// <summary>Lists of operations.</summary>
    public const string OperationPrefix = "hadoop.kms.acl.";

    /// <summary>Blacklists of operations.</summary>
    public const string BlacklistPrefix = "hadoop.kms.blacklist.";

    /// <summary>The vendor's own operations, UNDELETE and PURGE.</summary>
    public const string VendorPrefix = "keytrustee.kms.acl.";

    /// <summary>Blacklists of the vendor's operations: ours, by analogy.</summary>
    public const string VendorBlacklistPrefix = "keytrustee.kms.blacklist.";

    /// <summary>Our own operation, ADMINISTER.</summary>
    public const string OwnPrefix = "kmsps.kms.acl.";

    /// <summary>Blacklists of our own operation.</summary>
    public const string OwnBlacklistPrefix = "kmsps.kms.blacklist.";

    /// <summary>Lists of single keys.</summary>
    public const string KeyPrefix = "key.acl.";

    /// <summary>Lists of keys without own ones.</summary>
    public const string DefaultPrefix = "default.key.acl.";

    /// <summary>Lists added to every key's.</summary>
    public const string WhitelistPrefix = "whitelist.key.acl.";

    private static readonly string[] Operations =
        ["CREATE", "DELETE", "ROLLOVER", "GET", "GET_KEYS", "GET_METADATA", "SET_KEY_MATERIAL", "GENERATE_EEK", "DECRYPT_EEK", "UNDELETE", "PURGE", "ADMINISTER"];

    private static readonly string[] Prefixes = [OperationPrefix, BlacklistPrefix, VendorPrefix, VendorBlacklistPrefix, OwnPrefix, OwnBlacklistPrefix, KeyPrefix, DefaultPrefix, WhitelistPrefix];

    private static readonly string[] KeyTypes = ["ALL", "READ", "MANAGEMENT", "GENERATE_EEK", "DECRYPT_EEK", "MIGRATE", "UNDELETE", "PURGE"];

    /// <summary>An operation as files spell it.</summary>
    public static string Of(AclOperation operation) => Operations[(int)operation];

    /// <summary>A key operation as files spell it.</summary>
    public static string Of(KeyAclType type) => KeyTypes[(int)type];

    /// <summary>The property that lists who may use an operation.</summary>
    public static string Property(AclOperation operation) => PrefixOf(operation) + Of(operation);

    /// <summary>The property that lists who may not.</summary>
    public static string BlacklistProperty(AclOperation operation) => BlacklistPrefixOf(operation) + Of(operation);

    /// <summary>The property that lists who may do something to a key.</summary>
    public static string Property(string aclName, KeyAclType type) => $"{KeyPrefix}{aclName}.{Of(type)}";

    /// <summary>Whether the operation is the vendor's, not Apache's.</summary>
    public static bool IsVendor(AclOperation operation) => operation is AclOperation.Undelete or AclOperation.Purge;

    /// <summary>Whether the operation is ours alone. A stock file says nothing of it, so without a list nobody may.</summary>
    public static bool IsOwn(AclOperation operation) => operation is AclOperation.Administer;

    /// <summary>What the name of the operation's list begins with.</summary>
    public static string PrefixOf(AclOperation operation) => IsVendor(operation) ? VendorPrefix : IsOwn(operation) ? OwnPrefix : OperationPrefix;

    /// <summary>What the name of the operation's blacklist begins with.</summary>
    public static string BlacklistPrefixOf(AclOperation operation) => IsVendor(operation) ? VendorBlacklistPrefix : IsOwn(operation) ? OwnBlacklistPrefix : BlacklistPrefix;

    /// <summary>Whether a property is meant to be an access list.</summary>
    public static bool IsList(string property) => Array.Exists(Prefixes, prefix => property.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Reads an operation; capitals only, as in Hadoop.</summary>
    public static bool TryOperation(string text, out AclOperation operation)
    {
        int at = Array.IndexOf(Operations, text);
        operation = (AclOperation)Math.Max(at, 0);
        return at >= 0;
    }

    /// <summary>Reads a key operation; capitals only, as in Hadoop.</summary>
    public static bool TryKeyType(string text, out KeyAclType type)
    {
        int at = Array.IndexOf(KeyTypes, text);
        type = (KeyAclType)Math.Max(at, 0);
        return at >= 0;
    }

    /// <summary>
    /// Splits <c>key.acl.NAME.OP</c>: the name is everything up to the last dot, so names with dots work. SOURCE: Hadoop
    /// KMSACLs.setKeyACLs.
    /// </summary>
    public static bool TrySplitKey(string property, [NotNullWhen(true)] out string? aclName, out string operation)
    {
        int last = property.LastIndexOf('.');
        operation = property[(last + 1)..];
        aclName = last > KeyPrefix.Length ? property[KeyPrefix.Length..last] : null;
        return aclName is not null;
    }
}
