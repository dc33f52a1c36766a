using KmsPS.Engine.Configuration;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Acl;

/// <summary>Users and groups, in Hadoop's notation <c>users[ SPACE groups]</c>.</summary>
/// <remarks>SOURCE: Hadoop AccessControlList. The text is split at the first blank, so <c>a, b</c> names the user a and the group b.</remarks>
public sealed class AccessList
{
    private AccessList(bool isEverybody, NameSet users, NameSet groups)
    {
        IsEverybody = isEverybody;
        Users = users;
        Groups = groups;
    }

    /// <summary>Whether <c>*</c> stands for users or for groups.</summary>
    public bool IsEverybody { get; }

    /// <summary>The users named.</summary>
    public NameSet Users { get; }

    /// <summary>The groups named.</summary>
    public NameSet Groups { get; }

    /// <summary>Reads the notation; every text is valid.</summary>
    public static AccessList Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        string users = blank < 0 ? text : text[..blank];
        string groups = blank < 0 ? "" : text[(blank + 1)..];
        return IsStar(users) || IsStar(groups)
            ? new AccessList(true, NameSet.Empty, NameSet.Empty)
            : new AccessList(false, Split(users), Split(groups));
    }

    /// <summary>A list of one user, whose name may hold blanks and commas.</summary>
    public static AccessList OfUser(string name) => new(false, NameSet.Of(name), NameSet.Empty);

    /// <summary>Whether the caller is named, by its short name or by one of its groups.</summary>
    public bool Matches(Caller caller) =>
        IsEverybody || Users.Contains(caller.ShortName) || (Groups.Count > 0 && Groups.Overlaps(caller.Groups));

    private static bool IsStar(string part) => JavaText.Trim(part) is "*";

    private static NameSet Split(string part) => NameSet.Of(part.Split(',').Select(JavaText.Trim).Where(static name => name.Length > 0));
}
