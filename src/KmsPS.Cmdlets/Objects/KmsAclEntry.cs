using KmsPS.Engine.Acl;

namespace KmsPS;

/// <summary>What a rule of <c>kms-acls.xml</c> speaks of.</summary>
public enum KmsAclScope
{
    /// <summary>Who may use an operation.</summary>
    Operation,

    /// <summary>Who may not, whatever the operation's list says.</summary>
    Blacklist,

    /// <summary>Who may do something to one key.</summary>
    Key,

    /// <summary>Who may do it to keys without lists of their own.</summary>
    Default,

    /// <summary>Who may do it to every key.</summary>
    Whitelist,
}

/// <summary>One access list.</summary>
public sealed class KmsAclEntry
{
    internal KmsAclEntry(KmsAclScope scope, string? key, string operation, AclRule rule)
    {
        Scope = scope;
        Key = key;
        Operation = operation;
        Property = rule.Property;
        Value = rule.Value;
        Everybody = rule.List.IsEverybody;
        Users = Everybody ? ["*"] : [.. rule.List.Users.Order(StringComparer.Ordinal)];
        Groups = [.. rule.List.Groups.Order(StringComparer.Ordinal)];
        File = rule.File;
        Line = rule.Line > 0 ? rule.Line : null;
    }

    /// <summary>What it speaks of.</summary>
    public KmsAclScope Scope { get; }

    /// <summary>The key, as access lists know it; only in the scope Key.</summary>
    public string? Key { get; }

    /// <summary>The operation, as the file spells it.</summary>
    public string Operation { get; }

    /// <summary>The users named; <c>*</c> for everybody.</summary>
    public string[] Users { get; }

    /// <summary>The groups named.</summary>
    public string[] Groups { get; }

    /// <summary>Whether it names everybody.</summary>
    public bool Everybody { get; }

    /// <summary>The property's name.</summary>
    public string Property { get; }

    /// <summary>The property's value.</summary>
    public string Value { get; }

    /// <summary>The file it stands in; <c>built-in</c> for a rule that is in none.</summary>
    public string File { get; }

    /// <summary>The line in the file.</summary>
    public int? Line { get; }

    /// <summary>The property's name.</summary>
    public override string ToString() => Property;
}
