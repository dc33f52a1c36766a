using System.Net;
using KmsPS.Engine.Identity;

namespace KmsPS.Engine.Authentication;

/// <summary>Turns names into callers: short name, groups, and who may act for whom.</summary>
internal interface IIdentityDesk
{
    /// <summary>The short name of a principal.</summary>
    /// <exception cref="Errors.KmsException">The name rules refuse it.</exception>
    string ShortNameOf(string principal);

    /// <summary>A caller with its short name and groups.</summary>
    /// <exception cref="Errors.KmsException">The name rules refuse it.</exception>
    ValueTask<Caller> CallerOfAsync(string principal, AuthenticationMethod method, Caller? realCaller, CancellationToken cancellationToken);

    /// <summary>Whether a caller that was made before, and who stands behind it, would be made with the same groups now. Waits for nothing and allocates nothing.</summary>
    bool IsCurrent(Caller caller);

    /// <summary>Refuses a proxy that may not act for the caller whose real caller it is.</summary>
    /// <param name="caller">The caller, with <see cref="Caller.RealCaller"/>.</param>
    /// <param name="address">Whence the proxy asks.</param>
    /// <param name="proxyName">What a refusal calls the proxy.</param>
    /// <exception cref="Errors.KmsException"><see cref="Errors.ErrorKind.AccessDenied"/>.</exception>
    void RequireProxy(Caller caller, IPAddress? address, string proxyName);
}
