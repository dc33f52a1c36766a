using System.Net;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Identity;

/// <summary>Who may act for whom, and from where: <c>hadoop.kms.proxyuser.NAME.users</c>, <c>.groups</c>, <c>.hosts</c>.</summary>
/// <remarks>SOURCE: Hadoop DefaultImpersonationProvider, MachineList. Read at the start only.</remarks>
public sealed class ProxyUserRules
{
    /// <summary>What the names of the properties begin with.</summary>
    public const string Prefix = "hadoop.kms.proxyuser.";

    private readonly Dictionary<string, ProxyRule> _rules = new(StringComparer.Ordinal);

    private ProxyUserRules()
    {
    }

    /// <summary>Hosts that have no address now and therefore match nobody, each with its place.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Reads the rules; host names are looked up now.</summary>
    /// <exception cref="ConfigurationException">An address range is malformed.</exception>
    public static ProxyUserRules Read(HadoopConfiguration source)
    {
        ProxyUserRules rules = new();
        List<string> warnings = [];
        foreach ((HadoopProperty property, string value) in source.WithPrefix(Prefix))
        {
            int dot = property.Name.LastIndexOf('.');
            string suffix = property.Name[(dot + 1)..];
            if (dot <= Prefix.Length - 1 || suffix is not ("users" or "groups" or "hosts"))
            {
                continue;
            }

            string proxy = property.Name[Prefix.Length..dot];
            ProxyRule rule = rules._rules.GetValueOrDefault(proxy) ?? new ProxyRule(NameList.None, NameList.None, HostList.None);
            rules._rules[proxy] = suffix switch
            {
                "users" => rule with { Users = NameList.Parse(value) },
                "groups" => rule with { Groups = NameList.Parse(value) },
                _ => rule with { Hosts = HostList.Parse(value, problem => source.Bad(property.Name, problem), host => warnings.Add($"{property.Place}: {property.Name}: the host '{host}' has no address and matches nobody.")) },
            };
        }

        rules.Warnings = warnings;
        return rules;
    }

    /// <summary>Refuses a proxy that may not act for the caller whose real caller it is.</summary>
    /// <param name="caller">The caller, with <see cref="Caller.RealCaller"/>.</param>
    /// <param name="address">Whence the proxy asks.</param>
    /// <param name="proxyName">What a refusal calls the proxy.</param>
    /// <exception cref="KmsException"><see cref="ErrorKind.AccessDenied"/>, with Hadoop's text.</exception>
    public void Require(Caller caller, IPAddress? address, string proxyName)
    {
        if (caller.RealCaller is not { } proxy)
        {
            return;
        }

        ProxyRule? rule = _rules.GetValueOrDefault(proxy.ShortName);
        if (rule is null || !(rule.Users.Has(caller.ShortName) || rule.Groups.HasAny(caller.Groups)))
        {
            throw new KmsException(
                ErrorKind.AccessDenied,
                $"User: {proxyName} is not allowed to impersonate {caller.FullName}",
                $"Set {Prefix}{Keys.Printable.Text(proxy.ShortName)}.users or .groups in kms-site.xml, and restart.") { Subject = proxy.ShortName };
        }

        if (!rule.Hosts.Has(address))
        {
            throw new KmsException(
                ErrorKind.AccessDenied,
                $"Unauthorized connection for super-user: {proxyName} from IP /{address}",
                $"Add the address to {Prefix}{Keys.Printable.Text(proxy.ShortName)}.hosts in kms-site.xml, and restart.") { Subject = proxy.ShortName };
        }
    }

    private sealed record ProxyRule(NameList Users, NameList Groups, HostList Hosts);

    /// <summary>Names of which <c>*</c> counts only when it stands alone.</summary>
    private sealed record NameList(bool IsEverybody, NameSet Names)
    {
        public static NameList None { get; } = new(false, NameSet.Empty);

        public static NameList Parse(string text) => JavaText.Trim(text) == "*" ? new(true, NameSet.Empty) : new(false, NameSet.Of(JavaText.List(text)));

        public bool Has(string name) => IsEverybody || Names.Contains(name);

        public bool HasAny(NameSet names) => IsEverybody || Names.Overlaps(names);
    }
}
