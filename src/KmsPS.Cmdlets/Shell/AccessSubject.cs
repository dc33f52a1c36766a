using KmsPS.Engine.Identity;

namespace KmsPS.Cmdlets.Shell;

/// <summary>Somebody about whom access lists are asked.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Name">The short name.</param>
/// <param name="Groups">The groups that were given; <see langword="null"/> for those that are found.</param>
internal sealed record AccessSubject(string Text, string Name, IReadOnlyList<string>? Groups)
{
    /// <summary>Reads <c>name</c> or <c>name=group,group</c>, as hadoop.user.group.static.mapping.overrides spells it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="supposed">Groups for those who bring none.</param>
    internal static AccessSubject Parse(string text, IReadOnlyList<string>? supposed)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign < 1
            ? new AccessSubject(text, text, supposed)
            : new AccessSubject(text, text[..sign], text[(sign + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>The groups: those given, or those that the operating system knows.</summary>
    internal async ValueTask<NameSet> FindGroupsAsync(CancellationToken cancellationToken) =>
        Groups is null ? await OfAccountAsync(Name, cancellationToken).ConfigureAwait(false) : NameSet.Of(Groups);

    /// <summary>The groups of an account of this machine; Windows accounts have none that access lists could name.</summary>
    internal static ValueTask<NameSet> OfAccountAsync(string account, CancellationToken cancellationToken) =>
        OperatingSystem.IsWindows() ? new(NameSet.Empty) : new OsGroupMapper().GroupsOfAsync(account, cancellationToken);
}
