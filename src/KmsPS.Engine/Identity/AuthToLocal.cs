using System.Text.RegularExpressions;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Turns principals into short names by Hadoop's <c>auth_to_local</c> rules.</summary>
/// <remarks>SOURCE: Hadoop KerberosName, KerberosName.Rule.</remarks>
public sealed partial class AuthToLocal
{
    private readonly IReadOnlyList<NameRule> _rules;
    private readonly bool _isMit;

    private AuthToLocal(IReadOnlyList<NameRule> rules, bool isMit)
    {
        _rules = rules;
        _isMit = isMit;
    }

    /// <summary>Reads rules, separated by white space.</summary>
    /// <param name="rules">Such as <c>RULE:[2:$1@$0](hive@EXAMPLE\.COM)s/.*/hive/ DEFAULT</c>.</param>
    /// <param name="mechanism"><c>hadoop</c> or <c>mit</c>, in any case.</param>
    /// <param name="defaultRealm">The realm that DEFAULT applies to; <see langword="null"/> where there is none.</param>
    /// <exception cref="ConfigurationException">A rule, its pattern or the mechanism is invalid.</exception>
    public static AuthToLocal Parse(string rules, string mechanism, string? defaultRealm)
    {
        bool mit = mechanism.Equals("mit", StringComparison.OrdinalIgnoreCase);
        if (!mit && !mechanism.Equals("hadoop", StringComparison.OrdinalIgnoreCase))
        {
            throw new ConfigurationException($"Invalid rule mechanism: {mechanism}", remedy: "Use hadoop or mit.");
        }

        List<NameRule> parsed = [];
        string rest = JavaText.Trim(rules);
        while (rest.Length > 0)
        {
            Match match = RuleShape().Match(rest);
            if (!match.Success)
            {
                throw new ConfigurationException($"Invalid rule: {rest}", remedy: "Write DEFAULT or RULE:[n:format](match)s/from/to/g, separated by blanks.");
            }

            parsed.Add(NameRule.Of(match, defaultRealm));
            rest = rest[match.Length..];
        }

        return new AuthToLocal(parsed, mit);
    }

    /// <summary>The short name of <paramref name="principal"/>; a name without host and realm is returned as it is.</summary>
    /// <exception cref="NameRuleException">The name is malformed, or no rule may be applied to it.</exception>
    public string ShortNameOf(string principal)
    {
        if (Components(principal) is not { } parts)
        {
            return principal;
        }

        foreach (NameRule rule in _rules)
        {
            if (rule.Apply(parts, requireSimple: !_isMit) is { } result)
            {
                return result;
            }
        }

        return _isMit ? principal : throw NameRuleException.NoMatch($"No rules applied to {principal}");
    }

    /// <summary>As <see cref="ShortNameOf"/>, with every rule that was tried and what became of it; a refusal is part of the answer.</summary>
    public NameMapping Explain(string principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        List<NameRuleAnswer> considered = [];
        string? shortName = null;
        string? problem = null;
        try
        {
            string?[]? parts = Components(principal);
            shortName = parts is null ? principal : null;
            for (int i = 0; shortName is null && i < _rules.Count; i++)
            {
                considered.Add(new NameRuleAnswer(i + 1, _rules[i].Text, Applies: true, "it refuses the name"));
                shortName = _rules[i].Apply(parts!, requireSimple: !_isMit);
                considered[i] = considered[i] with { Applies = shortName is not null, Outcome = shortName is null ? _rules[i].WhyNot(parts!) : $"it makes '{shortName}'" };
            }

            shortName ??= ShortNameOf(principal);
        }
        catch (NameRuleException refused)
        {
            problem = refused.Message;
        }

        return new NameMapping(principal, shortName, considered, problem);
    }

    // Realm, name and host; nothing for a name that is short already.
    private static string?[]? Components(string principal)
    {
        Match name = PrincipalShape().Match(principal);
        if (!name.Success)
        {
            return principal.Contains('@', StringComparison.Ordinal)
                ? throw new NameRuleException("java.lang.IllegalArgumentException", $"Malformed Kerberos name: {principal}")
                : null;
        }

        (string first, string? second, string? realm) = (name.Groups[1].Value, Part(name.Groups[2]), Part(name.Groups[3]));
        return second is null ? (realm is null ? null : [realm, first]) : [realm, first, second];
    }

    private static string? Part(Group group) => group.Success ? group.Value : null;

    [GeneratedRegex(@"\A([^/@]+)(?:/([^/@]+))?(?:@([^/@]+))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrincipalShape();

    // The text of KerberosName.ruleParser: format has no ']', match no ')', from and to no '/'.
    [GeneratedRegex(@"\A\s*(?:(?<default>DEFAULT)|RULE:\[(?<parts>[0-9]*):(?<format>[^\]]*)\](?:\((?<match>[^)]*)\))?(?<sub>s/(?<from>[^/]*)/(?<to>[^/]*)/(?<all>g)?)?)/?(?<lower>L)?", RegexOptions.CultureInvariant)]
    private static partial Regex RuleShape();
}
