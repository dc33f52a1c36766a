using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Who a principal is for a server of a configuration.</summary>
/// <param name="Mapping">Its short name, and the rules that made it.</param>
/// <param name="DefaultRealm">The realm that the rule <c>DEFAULT</c> is about; <see langword="null"/> where this machine has none.</param>
/// <param name="Groups">The groups that were found; none for a principal without a short name.</param>
/// <param name="GroupProblem">Why they could not be found; such a caller is refused.</param>
/// <param name="Proxies">Properties that let it act for others, each with its place.</param>
public sealed record PrincipalAnswer(NameMapping Mapping, string? DefaultRealm, IReadOnlyList<string> Groups, string? GroupProblem, IReadOnlyList<string> Proxies);

/// <summary>Answers from files, without a server, what a server of these files makes of a principal.</summary>
public sealed class PrincipalReview
{
    private readonly AuthToLocal _names;
    private readonly IGroupMapper? _groups;
    private readonly HadoopConfiguration _source;
    private readonly string? _realm;

    private PrincipalReview(AuthToLocal names, IGroupMapper? groups, HadoopConfiguration source, string? realm)
    {
        _names = names;
        _groups = groups;
        _source = source;
        _realm = realm;
    }

    /// <summary>Reads what a server of these settings would.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="defaultRealm">The default realm; <see langword="null"/> for this machine's.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ConfigurationException">A rule or a setting of the groups is wrong.</exception>
    public static PrincipalReview Of(KmsSettings settings, string? defaultRealm, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string? realm = defaultRealm ?? KerberosRealm.Default();
        AuthToLocal names = AuthToLocal.Parse(settings.Authentication.NameRules, settings.Authentication.NameRuleMechanism, realm);
        return new PrincipalReview(names, GroupMapping.Create(settings.Source, time), settings.Source, realm);
    }

    /// <summary>Takes rules that stand in no file yet; groups and proxies are left out.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="mechanism"><c>hadoop</c> or <c>mit</c>.</param>
    /// <param name="defaultRealm">The default realm; <see langword="null"/> for this machine's.</param>
    /// <exception cref="ConfigurationException">A rule is wrong.</exception>
    public static PrincipalReview OfRules(string rules, string mechanism, string? defaultRealm)
    {
        string? realm = defaultRealm ?? KerberosRealm.Default();
        return new PrincipalReview(AuthToLocal.Parse(rules, mechanism, realm), null, HadoopConfiguration.Empty, realm);
    }

    /// <summary>Answers for one principal.</summary>
    public async ValueTask<PrincipalAnswer> AskAsync(string principal, CancellationToken cancellationToken)
    {
        NameMapping mapping = _names.Explain(principal);
        if (mapping.ShortName is not { } name)
        {
            return new PrincipalAnswer(mapping, _realm, [], null, []);
        }

        (IReadOnlyList<string> groups, string? problem) = await GroupsAsync(name, cancellationToken).ConfigureAwait(false);
        string prefix = $"{ProxyUserRules.Prefix}{name}.";
        string[] proxies = [.. _source.WithPrefix(prefix)
            .Where(each => each.Property.Name[prefix.Length..] is "users" or "groups" or "hosts")
            .OrderBy(static each => each.Property.Name, StringComparer.Ordinal)
            .Select(static each => $"{each.Property.Name}={each.Value} ({each.Property.Place})")];
        return new PrincipalAnswer(mapping, _realm, groups, problem, proxies);
    }

    private async ValueTask<(IReadOnlyList<string> Groups, string? Problem)> GroupsAsync(string name, CancellationToken cancellationToken)
    {
        if (_groups is null)
        {
            return ([], null);
        }

        try
        {
            NameSet found = await _groups.GroupsOfAsync(name, cancellationToken).ConfigureAwait(false);
            return ([.. found.Order(StringComparer.Ordinal)], null);
        }
        catch (Exception failure) when (failure is KmsException or PlatformNotSupportedException)
        {
            return ([], failure.Message);
        }
    }
}
