namespace KmsPS.Engine.Identity;

/// <summary>Knows which groups a user is in.</summary>
public interface IGroupMapper
{
    /// <summary>The groups of a user; none for a user that is not known.</summary>
    /// <exception cref="Errors.KmsException">
    /// <see cref="Errors.ErrorKind.AuthenticationFailed"/>, transient: the groups cannot be found out now. The caller must be refused:
    /// without its groups a blacklist cannot be applied.
    /// </exception>
    ValueTask<NameSet> GroupsOfAsync(string shortName, CancellationToken cancellationToken);

    /// <summary>
    /// Whether groups that were answered before are still the answer, found out without waiting. A caller that is remembered longer than
    /// its groups is asked about here, so that leaving a group is felt as soon as the mapper knows it.
    /// </summary>
    /// <param name="shortName">Whose.</param>
    /// <param name="groups">The very set that <see cref="GroupsOfAsync"/> gave.</param>
    /// <returns><see langword="false"/> when they changed, or when it must be asked to know.</returns>
    bool IsCurrent(string shortName, NameSet groups) => false;
}
