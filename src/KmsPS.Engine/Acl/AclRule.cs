namespace KmsPS.Engine.Acl;

/// <summary>One property of <c>kms-acls.xml</c>, parsed.</summary>
/// <param name="Property">Its name, such as <c>hadoop.kms.acl.CREATE</c>.</param>
/// <param name="Value">Its value, after substitution.</param>
/// <param name="List">Whom it names.</param>
/// <param name="File">The file it stands in; a word such as <c>built-in</c> where there is none.</param>
/// <param name="Line">1-based line in the file; 0 where there is none.</param>
public sealed record AclRule(string Property, string Value, AccessList List, string File, int Line)
{
    /// <summary>Where the rule stands: <c>kms-acls.xml:12</c>.</summary>
    public string Place => Line > 0 ? $"{File}:{Line}" : File;
}
