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
}
