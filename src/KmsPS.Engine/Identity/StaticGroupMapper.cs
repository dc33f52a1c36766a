using System.Collections.Frozen;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Groups written down in <c>hadoop.user.group.static.mapping.overrides</c>; other users are asked of the next mapper.</summary>
/// <remarks>SOURCE: Hadoop Groups.parseStaticMapping: <c>user=group,group;user=</c>, names taken as they stand.</remarks>
public sealed class StaticGroupMapper(FrozenDictionary<string, NameSet> users, IGroupMapper others) : IGroupMapper
{
    /// <summary>The property.</summary>
    public const string Property = "hadoop.user.group.static.mapping.overrides";

    /// <summary>Reads the property.</summary>
    /// <exception cref="ConfigurationException">An entry has more than one equals sign with text behind it.</exception>
    public static FrozenDictionary<string, NameSet> Read(HadoopConfiguration source)
    {
        Dictionary<string, NameSet> users = new(StringComparer.Ordinal);
        foreach (string entry in (source.Get(Property) ?? "dr.who=").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split('=', StringSplitOptions.RemoveEmptyEntries);
            users[parts.Length is 1 or 2 ? parts[0] : throw source.Bad(Property, $"holds '{Keys.Printable.Text(entry)}', which is not user=group,group", "Write user=group,group;user=group.")] =
                parts.Length == 2 ? NameSet.Of(parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries)) : NameSet.Empty;
        }

        return users.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken) =>
        users.TryGetValue(shortName, out NameSet? groups) ? new(groups) : others.GroupsOfAsync(shortName, cancellationToken);

    /// <inheritdoc/>
    public bool IsCurrent(string shortName, NameSet groups) =>
        users.TryGetValue(shortName, out NameSet? written) ? ReferenceEquals(written, groups) : others.IsCurrent(shortName, groups);
}
