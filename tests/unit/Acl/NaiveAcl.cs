using System.Xml.Linq;
using KmsPS.Engine.Acl;

namespace KmsPS.Tests.Acl;

/// <summary>
/// An independent reading of <c>kms-acls.xml</c> for tests: it keeps the text of the file and reads it anew for every question,
/// as Hadoop's documentation of KMS ACLs has it. It shares no code with the engine but the names of enum members.
/// </summary>
internal sealed class NaiveAcl(string xml)
{
    private readonly Dictionary<string, string> _values = Read(xml);

    internal bool Operation(AclOperation operation, string user, string[] groups)
    {
        string name = Upper(operation.ToString());
        string prefix = operation is AclOperation.Undelete or AclOperation.Purge ? "keytrustee.kms." : operation is AclOperation.Administer ? "kmsps.kms." : "hadoop.kms.";
        bool granted = _values.TryGetValue($"{prefix}acl.{name}", out string? list) ? Names(list, user, groups) : operation != AclOperation.Administer;
        bool black = _values.TryGetValue($"{prefix}blacklist.{name}", out string? blacklist) && Names(blacklist, user, groups);
        return granted && !black;
    }

    internal bool Key(KeyAclType type, string key, string user, string[] groups)
    {
        string op = Upper(type.ToString());
        string? fallback = _values.GetValueOrDefault("default.key.acl." + op);
        string? white = _values.GetValueOrDefault("whitelist.key.acl." + op);
        if (type is KeyAclType.Migrate or KeyAclType.Undelete or KeyAclType.Purge)
        {
            string? own = _values.GetValueOrDefault($"key.acl.{key}.{op}");
            if (own is null && fallback is null && white is null)
            {
                return type != KeyAclType.Migrate && _values.TryGetValue("keytrustee.kms.acl." + op, out string? general) && Names(general, user, groups);
            }

            return Names(own ?? fallback, user, groups) || Names(white, user, groups);
        }

        string[] stock = ["ALL", "READ", "MANAGEMENT", "GENERATE_EEK", "DECRYPT_EEK"];
        bool exists = stock.Any(each => _values.ContainsKey($"key.acl.{key}.{each}"));
        if (!exists && fallback is null && white is null)
        {
            return false;
        }

        string? first = exists ? _values.GetValueOrDefault($"key.acl.{key}.{op}") : fallback;
        string? all = exists ? _values.GetValueOrDefault($"key.acl.{key}.ALL") : null;
        return Names(first, user, groups) || Names(white, user, groups) || Names(all, user, groups);
    }

    private static bool Names(string? list, string user, string[] groups)
    {
        if (list is null)
        {
            return false;
        }

        string[] parts = list.Split(' ', 2);
        char[] blanks = [.. Enumerable.Range(0, 33).Select(static each => (char)each)];
        if (parts.Any(part => part.Trim(blanks) == "*"))
        {
            return true;
        }

        return Split(parts[0]).Contains(user) || (parts.Length > 1 && Split(parts[1]).Intersect(groups).Any());

        IEnumerable<string> Split(string part) => part.Split(',').Select(each => each.Trim(blanks)).Where(static each => each != "");
    }

    private static Dictionary<string, string> Read(string xml)
    {
        Dictionary<string, string> values = [];
        HashSet<string> final = [];
        foreach (XElement property in XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root!.Descendants("property"))
        {
            string name = property.Element("name")!.Value.Trim();
            string value = property.Element("value")?.Value ?? "";
            if (!final.Contains(name) && value != "")
            {
                values[name] = value;
            }

            if (property.Element("final")?.Value == "true")
            {
                final.Add(name);
            }
        }

        return values;
    }

    private static string Upper(string member) => string.Concat(member.Select(static (letter, at) => at > 0 && char.IsUpper(letter) ? "_" + letter : letter.ToString())).ToUpperInvariant();
}
