using Microsoft.AspNetCore.Http.Features;

namespace KmsPS.Server;

/// <summary>
/// What the front door keeps from one request of a connection to its next: the context that they use in turn, and what Kestrel would
/// walk through all features to find.
/// </summary>
internal sealed class DoorContext(DefaultHttpContext http)
{
    private readonly IHttpRequestFeature _request = http.Features.GetRequiredFeature<IHttpRequestFeature>();

    /// <summary>The request at hand.</summary>
    public DefaultHttpContext Http { get; } = http;

    /// <summary>The connection.</summary>
    public ConnectionFacts Connection { get; } = http.Features.GetRequiredFeature<ConnectionFacts>();

    /// <summary>What the request asks for, as it was sent.</summary>
    public string RawTarget => _request.RawTarget;
}
