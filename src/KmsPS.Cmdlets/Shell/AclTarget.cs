using System.Management.Automation;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;

namespace KmsPS.Cmdlets.Shell;

/// <summary>A list that is to be changed.</summary>
/// <param name="Property">The property's name.</param>
/// <param name="Operation">The operation, where it is an operation's list.</param>
/// <param name="KeyAcl">The key operation, where it is a list of keys.</param>
/// <param name="Key">The key, where it is the list of one.</param>
internal sealed record AclTarget(string Property, AclOperation? Operation, KeyAclType? KeyAcl, string? Key)
{
    /// <summary>The list of an operation, or its blacklist.</summary>
    /// <param name="text">The operation, as files or as requests spell it.</param>
    /// <param name="isBlacklist">Whether the blacklist is meant.</param>
    internal static AclTarget OfOperation(string text, bool isBlacklist)
    {
        AclOperation operation = AclNames.TryOperation(text.ToUpperInvariant(), out AclOperation spelt) ? spelt
            : Verb(text) is { } verb ? OperationTable.Of(verb).Acl
            : throw Unknown(text, Enum.GetValues<AclOperation>().Select(AclNames.Of));
        return new AclTarget(isBlacklist ? AclNames.BlacklistProperty(operation) : AclNames.Property(operation), operation, null, null);
    }

    /// <summary>The list of one key.</summary>
    internal static AclTarget OfKey(string text, string key)
    {
        KeyAclType type = KeyType(text);
        return new AclTarget(AclNames.Property(key, type), null, type, key);
    }

    /// <summary>A list of many keys: the defaults, or the whitelist.</summary>
    internal static AclTarget OfKeys(string text, string prefix)
    {
        KeyAclType type = KeyType(text);
        return type == KeyAclType.All
            ? throw new ShellException("AclOperationUnknown", ErrorCategory.InvalidArgument, "ALL exists only for single keys", "Name each operation, or name a key with -Key.")
            : new AclTarget(prefix + AclNames.Of(type), null, type, null);
    }

    /// <summary>What the rules say of the name in an edit, where that can be said without further knowledge.</summary>
    internal AccessExplanation? Ask(AclSnapshot rules, AclEdit edit)
    {
        if (edit.Name == "*")
        {
            return null;
        }

        string who = edit.IsGroup ? $"a member of {edit.Name}" : edit.Name;
        Caller caller = new(who, who, AuthenticationMethod.Process, edit.IsGroup ? NameSet.Of(edit.Name) : NameSet.Empty);
        return (Operation, KeyAcl, Key) switch
        {
            ({ } operation, _, _) => AclExplainer.ExplainOperation(rules, caller, operation),
            (_, { } type and not KeyAclType.All, { } key) => AclExplainer.ExplainKey(rules, caller, type, key),
            _ => null,
        };
    }

    private static KeyAclType KeyType(string text) =>
        AclNames.TryKeyType(text.ToUpperInvariant(), out KeyAclType spelt) ? spelt
        : Verb(text) is { } verb && OperationTable.Of(verb).KeyAcl is { } type ? type
        : throw Unknown(text, Enum.GetValues<KeyAclType>().Select(AclNames.Of));

    private static KmsOperation? Verb(string text) =>
        OperationTable.Rows.FirstOrDefault(row => row.Verb.ToString().Equals(OperationNameAttribute.One(text), StringComparison.OrdinalIgnoreCase))?.Verb;

    private static ShellException Unknown(string text, IEnumerable<string> known) => new(
        "AclOperationUnknown",
        ErrorCategory.InvalidArgument,
        $"'{Printable.Text(text)}' is no operation that such a list speaks of",
        $"Use one of {string.Join(", ", known)}, or the name of a request such as DecryptEek.");
}
