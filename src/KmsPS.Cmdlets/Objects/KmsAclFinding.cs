using KmsPS.Engine.Acl;

namespace KmsPS;

/// <summary>Something in a <c>kms-acls.xml</c> that is legal and often not meant.</summary>
public sealed class KmsAclFinding
{
    internal KmsAclFinding(AclFinding finding)
    {
        Kind = finding.Kind.ToString();
        Property = finding.Property;
        Message = finding.Message;
        File = finding.File;
        Line = finding.Line > 0 ? finding.Line : null;
    }

    /// <summary>Which mistake: <c>BlankAfterComma</c>, <c>UnknownOperation</c>, <c>SuperuserCanDecrypt</c> and so on.</summary>
    public string Kind { get; }

    /// <summary>The property it is about.</summary>
    public string Property { get; }

    /// <summary>What it means, and what to write instead.</summary>
    public string Message { get; }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The line; none where a property is missing.</summary>
    public int? Line { get; }

    /// <summary>Place and message on one line, as compilers write them.</summary>
    public override string ToString() => Line is null ? $"{File}: {Message}" : $"{File}:{Line}: {Message}";
}
