namespace KmsPS.Engine.Acl;

/// <summary>Which kind of list a rule is.</summary>
public enum AclLayer
{
    /// <summary>Who may use an operation.</summary>
    Operation,

    /// <summary>Who may not; it outranks the operation's list.</summary>
    Blacklist,

    /// <summary>A key's own list for the operation.</summary>
    Key,

    /// <summary>A key's own list for ALL.</summary>
    KeyAll,

    /// <summary>The list of keys without own ones.</summary>
    Default,

    /// <summary>The list added to every key's.</summary>
    Whitelist,
}

/// <summary>Is told of every rule that a decision asks, in order. A struct, so that the observer of nothing costs nothing.</summary>
internal interface IAclObserver
{
    /// <summary>A rule was asked whether it names the caller.</summary>
    void Asked(AclRule rule, AclLayer layer, bool matches);
}

/// <summary>Looks away: what decisions of requests use.</summary>
internal readonly struct NoAclObserver : IAclObserver
{
    public void Asked(AclRule rule, AclLayer layer, bool matches)
    {
    }
}
