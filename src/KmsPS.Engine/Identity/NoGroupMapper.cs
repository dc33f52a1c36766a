namespace KmsPS.Engine.Identity;

/// <summary>Nobody is in any group: Hadoop's <c>NullGroupsMapping</c>.</summary>
public sealed class NoGroupMapper : IGroupMapper
{
    /// <inheritdoc/>
    public ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken) => new(NameSet.Empty);

    /// <inheritdoc/>
    public bool IsCurrent(string shortName, NameSet groups) => true;
}
