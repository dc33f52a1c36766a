using System.Collections.Frozen;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Acl;

/// <summary>Reads <c>kms-acls.xml</c>. SOURCE: Hadoop KMSACLs.setKMSACLs, setKeyACLs.</summary>
public sealed class AclParser
{
    private readonly string _file;
    private readonly EmptyAclValue _empty;
    private readonly List<AclFinding> _warnings = [];
    private readonly Dictionary<AclOperation, AclRule> _operations = [];
    private readonly Dictionary<AclOperation, AclRule> _blacklists = [];
    private readonly Dictionary<KeyAclType, AclRule> _defaults = [];
    private readonly Dictionary<KeyAclType, AclRule> _whitelist = [];
    private readonly Dictionary<string, Dictionary<KeyAclType, AclRule>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<KeyAclType, AclRule>> _extensions = new(StringComparer.Ordinal);

    private AclParser(string file, EmptyAclValue empty)
    {
        _file = file;
        _empty = empty;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or is no configuration file; with line and column.</exception>
    public static AclFile Read(string path, EmptyAclValue empty = EmptyAclValue.NotSet, VariableScope? scope = null) =>
        Parse(HadoopXml.ReadBytes(path, HadoopXml.MaxAclBytes), path, empty, scope);

    /// <summary>Parses the content of a file.</summary>
    /// <exception cref="ConfigurationException">It is no configuration file; with line and column.</exception>
    public static AclFile Parse(ReadOnlyMemory<byte> content, string path, EmptyAclValue empty = EmptyAclValue.NotSet, VariableScope? scope = null)
    {
        IReadOnlyList<HadoopProperty> properties = HadoopXml.Parse(content, path, HadoopXml.MaxAclBytes);
        AclParser parser = new(Path.GetFileName(path), empty);
        AclSnapshot snapshot = parser.Take(properties, scope ?? VariableScope.Process);
        return new AclFile(path, snapshot, [.. parser._warnings.OrderBy(static each => each.Line)], properties);
    }

    private AclSnapshot Take(IReadOnlyList<HadoopProperty> properties, VariableScope scope)
    {
        foreach (HadoopProperty property in properties.Where(static each => each.Value is null && AclNames.IsList(each.Name)))
        {
            Warn(AclFindingKind.EmptyValue, property, EmptyText(property.Name));
        }

        IReadOnlyList<HadoopProperty> layer = _empty == EmptyAclValue.NotSet
            ? properties
            : [.. properties.Select(static each => each.Value is null && AclNames.IsList(each.Name) ? each with { Value = "" } : each)];
        foreach ((HadoopProperty property, string value) in new HadoopConfiguration([layer], scope).WithPrefix(""))
        {
            Take(property, value);
        }

        return new AclSnapshot
        {
            Operations = _operations.ToFrozenDictionary(),
            Blacklists = _blacklists.ToFrozenDictionary(),
            Defaults = _defaults.ToFrozenDictionary(),
            Whitelist = _whitelist.ToFrozenDictionary(),
            Keys = Freeze(_keys),
            ExtensionKeys = Freeze(_extensions),
        };
    }

    private void Take(HadoopProperty property, string value)
    {
        string name = property.Name;
        foreach (string prefix in (ReadOnlySpan<string>)[AclNames.OperationPrefix, AclNames.VendorPrefix, AclNames.OwnPrefix])
        {
            if (Rest(name, prefix) is { } operation)
            {
                TakeOperation(property, value, operation, prefix, AclNames.PrefixOf, _operations);
                return;
            }
        }

        foreach (string prefix in (ReadOnlySpan<string>)[AclNames.BlacklistPrefix, AclNames.VendorBlacklistPrefix, AclNames.OwnBlacklistPrefix])
        {
            if (Rest(name, prefix) is { } operation)
            {
                TakeOperation(property, value, operation, prefix, AclNames.BlacklistPrefixOf, _blacklists);
                return;
            }
        }

        if (Rest(name, AclNames.DefaultPrefix) is { } fallback)
        {
            TakeGeneral(property, value, fallback, _defaults);
        }
        else if (Rest(name, AclNames.WhitelistPrefix) is { } white)
        {
            TakeGeneral(property, value, white, _whitelist);
        }
        else if (Rest(name, AclNames.KeyPrefix) is not null)
        {
            TakeKey(property, value);
        }
    }

    private void TakeOperation(HadoopProperty property, string value, string text, string prefix, Func<AclOperation, string> prefixOf, Dictionary<AclOperation, AclRule> target)
    {
        if (AclNames.TryOperation(text, out AclOperation operation) && prefixOf(operation) == prefix)
        {
            target[operation] = Rule(property, value);
        }
        else
        {
            Warn(AclFindingKind.UnknownOperation, property, $"there is no operation '{Printable.Text(text)}'; {Printable.Text(property.Name)} is ignored.");
        }
    }

    private void TakeGeneral(HadoopProperty property, string value, string text, Dictionary<KeyAclType, AclRule> target)
    {
        if (text == "ALL")
        {
            Warn(AclFindingKind.AllNotAllowed, property, $"{property.Name} is ignored: ALL exists only for single keys. Name each operation.");
        }
        else if (AclNames.TryKeyType(text, out KeyAclType type))
        {
            target[type] = Rule(property, value);
        }
        else
        {
            Warn(AclFindingKind.UnknownOperation, property, $"there is no key operation '{Printable.Text(text)}'; {Printable.Text(property.Name)} is ignored.");
        }
    }

    private void TakeKey(HadoopProperty property, string value)
    {
        if (!AclNames.TrySplitKey(property.Name, out string? aclName, out string text))
        {
            Warn(AclFindingKind.InvalidKeyName, property, $"{Printable.Text(property.Name)} names no key and is ignored. Write key.acl.KEY.OPERATION.");
            return;
        }

        if (!AclNames.TryKeyType(text, out KeyAclType type))
        {
            Warn(AclFindingKind.UnknownOperation, property, $"there is no key operation '{Printable.Text(text)}'; {Printable.Text(property.Name)} is ignored.");
            return;
        }

        Dictionary<string, Dictionary<KeyAclType, AclRule>> target = AclSnapshot.IsExtension(type) ? _extensions : _keys;
        if (!target.TryGetValue(aclName, out Dictionary<KeyAclType, AclRule>? lists))
        {
            target[aclName] = lists = [];
        }

        lists[type] = Rule(property, value);
    }

    private AclRule Rule(HadoopProperty property, string value) => new(property.Name, value, AccessList.Parse(value), _file, property.Line);

    private void Warn(AclFindingKind kind, HadoopProperty property, string message) => _warnings.Add(new AclFinding(kind, property.Name, message, _file, property.Line));

    private string EmptyText(string name)
    {
        if (_empty == EmptyAclValue.Nobody)
        {
            return $"{Printable.Text(name)} is empty and means nobody (kmsps.acl.empty.value=nobody); a stock Hadoop KMS takes it for not set.";
        }

        string effect = name.StartsWith(AclNames.OperationPrefix, StringComparison.Ordinal) ? "everybody may use the operation"
            : name.Contains(".blacklist.", StringComparison.Ordinal) ? "nobody is blacklisted"
            : name.StartsWith(AclNames.VendorPrefix, StringComparison.Ordinal) ? "key lists alone decide"
            : "the list grants nothing and overrides nothing";
        return $"{Printable.Text(name)} is empty and counts as not set: {effect}. For nobody write one blank: <value> </value>.";
    }

    private static string? Rest(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private static FrozenDictionary<string, FrozenDictionary<KeyAclType, AclRule>> Freeze(Dictionary<string, Dictionary<KeyAclType, AclRule>> keys) =>
        keys.ToFrozenDictionary(static each => each.Key, static each => each.Value.ToFrozenDictionary(), StringComparer.Ordinal);
}
