namespace KmsPS.Engine.Identity;

/// <summary>Asks several mappers, in order. SOURCE: Hadoop CompositeGroupsMapping.</summary>
/// <param name="providers">The mappers.</param>
/// <param name="combined">Whether all groups are put together, or the first mapper that knows any decides.</param>
public sealed class CompositeGroupMapper(IReadOnlyList<IGroupMapper> providers, bool combined) : IGroupMapper
{
    /// <inheritdoc/>
    /// <remarks>One mapper that cannot answer makes the whole answer unknown: half of the groups could miss a blacklist.</remarks>
    public async ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken)
    {
        List<string> all = [];
        foreach (IGroupMapper provider in providers)
        {
            NameSet groups = await provider.GroupsOfAsync(shortName, cancellationToken).ConfigureAwait(false);
            all.AddRange(groups);
            if (!combined && groups.Count > 0)
            {
                break;
            }
        }

        return NameSet.Of(all);
    }
}
