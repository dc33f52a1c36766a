using KmsPS.Engine.Identity;

namespace KmsPS.Server;

/// <summary>
/// What stands behind the front door. The front door knows who asks; this knows what is asked, and writes the whole answer:
/// status, headers and body. A cookie that the front door has put on the answer stays on it.
/// </summary>
internal interface IRestHandler
{
    /// <summary>Answers one request below <c>/kms</c>; what is no resource is answered 404 here. Throws only when the connection is lost.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="call">Who asks.</param>
    /// <param name="aborted">Ends when the client hangs up.</param>
    ValueTask HandleAsync(HttpContext context, RestTarget target, Call call, CancellationToken aborted);

    /// <summary>Answers what needs no sign-in, a load balancer's probe.</summary>
    /// <returns>Whether <paramref name="target"/> was such a thing.</returns>
    ValueTask<bool> TryHandleOpenAsync(HttpContext context, RestTarget target);
}
