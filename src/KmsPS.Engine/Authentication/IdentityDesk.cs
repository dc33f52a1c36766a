using System.Net;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Short names by their first part, no groups, and nobody may act for anybody.</summary>
internal sealed class IdentityDesk : IIdentityDesk
{
    /// <inheritdoc/>
    public string ShortNameOf(string principal)
    {
        int end = principal.AsSpan().IndexOfAny('/', '@');
        return end < 0 ? principal : principal[..end];
    }

    /// <inheritdoc/>
    public ValueTask<Caller> CallerOfAsync(string principal, AuthenticationMethod method, Caller? realCaller, CancellationToken cancellationToken) =>
        new(new Caller(ShortNameOf(principal), principal, method, NameSet.Empty, realCaller));

    /// <inheritdoc/>
    public void RequireProxy(Caller caller, IPAddress? address, string proxyName) =>
        throw new KmsException(ErrorKind.AccessDenied, $"User: {proxyName} is not allowed to impersonate {caller.FullName}", "Set hadoop.kms.proxyuser.* in kms-site.xml.");
}
