using KmsPS.Engine.Authentication;

namespace KmsPS.Server;

/// <summary>A request's address as logs and answers may show it.</summary>
internal static class RequestUrl
{
    /// <summary>The address; without its query where a secret may stand in that, a delegation token for one.</summary>
    public static string Of(HttpRequest request, RestTarget target)
    {
        // Both ways to read a query count: that of the routes, and that of the sign-in, which ends a pair at a semicolon, too.
        SignInParameters parameters = SignInParameters.Parse(target.Query);
        bool hidesQuery = parameters is not { Delegation: null, Token: null } || target.HasParameter("delegation") || target.HasParameter("token");
        return $"{request.Scheme}://{request.Host.Value}{(hidesQuery ? target.Path : target.PathAndQuery)}";
    }
}
