using KmsPS.Engine.Authentication;
using KmsPS.Engine.Identity;

namespace KmsPS;

/// <summary>Who a Kerberos principal is for a server, and by which rule.</summary>
public sealed class KmsPrincipal
{
    internal KmsPrincipal(PrincipalAnswer answer, string? property, string? place)
    {
        Principal = answer.Mapping.Principal;
        ShortName = answer.Mapping.ShortName;
        Rule = answer.Mapping.Decider?.Rule;
        RuleNumber = answer.Mapping.Decider?.Number;
        Property = property;
        Place = place;
        DefaultRealm = answer.DefaultRealm;
        Groups = [.. answer.Groups];
        GroupProblem = answer.GroupProblem;
        ProxyRules = [.. answer.Proxies];
        Considered = [.. answer.Mapping.Considered];
        Explanation = Explain(answer);
    }

    /// <summary>The principal.</summary>
    public string Principal { get; }

    /// <summary>The name that access lists speak of; empty where the server refuses the principal.</summary>
    public string? ShortName { get; }

    /// <summary>Whether it has one.</summary>
    public bool IsMapped => ShortName is not null;

    /// <summary>The rule that decided; empty for a name that is short already, and where none applies.</summary>
    public string? Rule { get; }

    /// <summary>Its place among the rules, from 1.</summary>
    public int? RuleNumber { get; }

    /// <summary>The property that the rules stand in.</summary>
    public string? Property { get; }

    /// <summary>File and line of that property; empty where the default is in force.</summary>
    public string? Place { get; }

    /// <summary>The realm that the rule DEFAULT is about.</summary>
    public string? DefaultRealm { get; }

    /// <summary>The groups that the server would see, as far as this machine can tell.</summary>
    public string[] Groups { get; }

    /// <summary>Why the groups could not be found; a server refuses such a caller.</summary>
    public string? GroupProblem { get; }

    /// <summary>The properties that let it act for others, each with its value and place.</summary>
    public string[] ProxyRules { get; }

    /// <summary>The rules that were tried, in order, and what became of each.</summary>
    public NameRuleAnswer[] Considered { get; }

    /// <summary>In a sentence.</summary>
    public string Explanation { get; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Explanation;

    private string Explain(PrincipalAnswer answer)
    {
        string where = Place is not null ? $"{Property} at {Place}" : Property is not null ? $"the default of {Property}" : "the given rules";
        return answer.Mapping.Problem is { } problem ? $"{Principal} is refused by {where}: {problem}"
            : answer.Mapping.Decider is { } rule ? $"{Principal} is '{ShortName}' by rule {rule.Number} ({rule.Rule}) of {where}"
            : $"{Principal} is '{ShortName}' as it stands: no rule changes it";
    }
}
