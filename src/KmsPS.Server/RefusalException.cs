using KmsPS.Engine.Wire;

namespace KmsPS.Server;

/// <summary>A request that is answered with an error of HTTP itself: no such resource, a wrong method, a wrong type, too large.</summary>
/// <param name="error">What the client is told.</param>
/// <param name="allow">The methods that are served, for a 405.</param>
internal sealed class RefusalException(RemoteError error, string? allow = null) : Exception(error.Message)
{
    /// <summary>What the client is told.</summary>
    public RemoteError Error { get; } = error;

    /// <summary>What a stock server's log says of it: nothing of a method or type that is not served. SOURCE: recorded/http, audit.log.</summary>
    public string? AuditMessage => Error.Exception == "WebApplicationException" ? null : Error.Message;

    /// <summary>The methods that are served.</summary>
    public string? Allow { get; } = allow;
}
