using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Builds the group mapper that a configuration asks for, by Hadoop's class names.</summary>
public static class GroupMapping
{
    private const string Property = "hadoop.security.group.mapping";
    private const string Package = "org.apache.hadoop.security.";

    /// <summary>Static overrides, over a cache, over what <c>hadoop.security.group.mapping</c> names.</summary>
    /// <exception cref="ConfigurationException">The class is unknown, or its settings are wrong.</exception>
    public static IGroupMapper Create(HadoopConfiguration source, TimeProvider time)
    {
        IGroupMapper mapper = Of(source.GetText(Property, Package + "JniBasedUnixGroupsMappingWithFallback"), source, Property, time);
        return new StaticGroupMapper(StaticGroupMapper.Read(source), new CachedGroupMapper(mapper, GroupCacheSettings.Read(source), time));
    }

    private static IGroupMapper Of(string name, HadoopConfiguration source, string property, TimeProvider time) => name switch
    {
        Package + "JniBasedUnixGroupsMappingWithFallback" or Package + "JniBasedUnixGroupsMapping" or Package + "ShellBasedUnixGroupsMapping" => new OsGroupMapper(),
        Package + "LdapGroupsMapping" or Package + "RuleBasedLdapGroupsMapping" => new LdapGroupMapper(LdapSettings.Read(source, isRuleBased: name.EndsWith(".RuleBasedLdapGroupsMapping", StringComparison.Ordinal)), time),
        Package + "NullGroupsMapping" => new NoGroupMapper(),
        Package + "CompositeGroupsMapping" => Composite(source, time),
        _ => throw source.Bad(property, "is no group mapping of this server", "Use JniBasedUnixGroupsMappingWithFallback, LdapGroupsMapping, RuleBasedLdapGroupsMapping, CompositeGroupsMapping or NullGroupsMapping of org.apache.hadoop.security."),
    };

    // A provider's own settings stand under its name: …mapping.provider.NAME.ldap.url is …mapping.ldap.url for that provider.
    private static CompositeGroupMapper Composite(HadoopConfiguration source, TimeProvider time)
    {
        List<IGroupMapper> providers = [];
        foreach (string name in source.GetList(Property + ".providers"))
        {
            string property = $"{Property}.provider.{name}";
            string type = source.Optional(property) ?? throw source.Bad(property, $"{Property}.providers names '{name}'", $"Set {property} to a class name.");
            List<HadoopProperty> own = [.. source.WithPrefix("").Where(each => !each.Property.Name.StartsWith(property + ".", StringComparison.Ordinal)).Select(static each => each.Property with { Value = each.Value })];
            own.AddRange(source.WithPrefix(property + ".").Select(each => each.Property with { Name = Property + each.Property.Name[property.Length..], Value = each.Value }));
            providers.Add(Of(type, new HadoopConfiguration([own], VariableScope.None), property, time));
        }

        return new CompositeGroupMapper(providers, source.GetBool(Property + ".providers.combined", true));
    }
}
