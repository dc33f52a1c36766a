using System.Net;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Name rules, groups and proxies as a configuration sets them.</summary>
/// <param name="names">Turns principals into short names.</param>
/// <param name="groups">Knows who is in which group.</param>
/// <param name="proxies">Knows who may act for whom.</param>
internal sealed class IdentityDesk(AuthToLocal names, IGroupMapper groups, ProxyUserRules proxies) : IIdentityDesk
{
    /// <inheritdoc/>
    public string ShortNameOf(string principal) => names.ShortNameOf(principal);

    /// <inheritdoc/>
    public async ValueTask<Caller> CallerOfAsync(string principal, AuthenticationMethod method, Caller? realCaller, CancellationToken cancellationToken)
    {
        string shortName = names.ShortNameOf(principal);
        NameSet memberships = await groups.GroupsOfAsync(shortName, cancellationToken).ConfigureAwait(false);
        return new Caller(shortName, principal, method, memberships, realCaller);
    }

    /// <inheritdoc/>
    public bool IsCurrent(Caller caller) => groups.IsCurrent(caller.ShortName, caller.Groups) && (caller.RealCaller is not { } real || IsCurrent(real));

    /// <inheritdoc/>
    public void RequireProxy(Caller caller, IPAddress? address, string proxyName) => proxies.Require(caller, address, proxyName);
}
