using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>One name put into a list, or taken out of it.</summary>
/// <param name="Adds">Whether the name is put in; the property is made where there is none.</param>
/// <param name="Property">The property, such as <c>hadoop.kms.acl.CREATE</c>.</param>
/// <param name="Name">A user or group, or <c>*</c>.</param>
/// <param name="IsGroup">Whether it is a group.</param>
public sealed record AclEdit(bool Adds, string Property, string Name, bool IsGroup = false)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{(Adds ? "add" : "remove")} {(Name == "*" ? "*" : $"{(IsGroup ? "group" : "user")} {Printable.Text(Name)}")} {(Adds ? "to" : "from")} {Printable.Text(Property)}";
}
