using KmsPS.Engine.Acl;

namespace KmsPS;

/// <summary>What somebody gains or loses between two sets of access lists.</summary>
public sealed class KmsAclDifference
{
    private readonly string _text;

    internal KmsAclDifference(AclChange change)
    {
        _text = change.ToString();
        Effect = change.Gains ? "Gains" : "Loses";
        SubjectKind = change.Kind.ToString();
        Subject = change.Subject;
        Operation = change.Operation is { } operation ? AclNames.Of(operation) : AclNames.Of(change.KeyAcl!.Value);
        Key = change.KeyAcl is null ? null : change.AclName ?? "*";
        Before = Text(change.Before);
        After = Text(change.After);
    }

    /// <summary><c>Gains</c> or <c>Loses</c>.</summary>
    public string Effect { get; }

    /// <summary><c>User</c>, <c>Group</c> or <c>Everybody</c>: anybody whom no list names.</summary>
    public string SubjectKind { get; }

    /// <summary>The user or group; <c>*</c> for everybody.</summary>
    public string Subject { get; }

    /// <summary>The operation, as files spell it.</summary>
    public string Operation { get; }

    /// <summary>The key; <c>*</c> for every key without lists of its own; empty where it is about the operation's own lists.</summary>
    public string? Key { get; }

    /// <summary>The rule that decided before, with file and line; empty where none did.</summary>
    public string? Before { get; }

    /// <summary>The rule that decides now.</summary>
    public string? After { get; }

    /// <summary>One line for people.</summary>
    public override string ToString() => _text;

    private static string? Text(AclRule? rule) => rule is null ? null : $"{rule.Property} ({rule.Place})";
}
